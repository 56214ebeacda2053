export default {
  compilerOptions: {
    runes: true,
    // Fragments are built node by node, never by innerHTML, so that the page works under `require-trusted-types-for 'script'`.
    fragments: 'tree',
  },
};
