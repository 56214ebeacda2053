// The first lines that run: the design, then the page for this address.
import './design/tokens.css';
import './design/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { announceLanguage } from './i18n';
import { preferences } from './design/preferences.svelte';

announceLanguage();
preferences.apply();
preferences.follow();
const page = document.getElementById('page');
if (page) mount(App, { target: page });
