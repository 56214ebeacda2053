// The first lines that run: the design, then the page for this address.
import './design/tokens.css';
import './design/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { speak } from './i18n';
import { preferences } from './design/preferences.svelte';

preferences.apply();
preferences.follow();
const page = document.getElementById('page');
// The words first: nobody should see them change.
void speak(preferences.speaks).then(() => page && mount(App, { target: page }));
