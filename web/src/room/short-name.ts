// One word of a name, where there is room for one.

/** What stands before a name and is none: "Dr" says nothing of who sits there. */
const TITLES = new Set(['dr', 'dra', 'prof', 'profa', 'mr', 'mrs', 'ms', 'miss', 'mx', 'sir', 'madam', 'rev', 'fr', 'sr', 'sra', 'srta', 'don', 'doña', 'dña', 'd', 'hr', 'herr', 'frau', 'mme', 'mlle', 'm']);
/** As long as this a name stays whole. */
const WHOLE = 11;

export function shortName(name: string): string {
  if (name.length <= WHOLE) return name;
  const words = name.split(/[\s-]+/).filter((word) => word !== '');
  const first = words.find((word) => !TITLES.has(word.replace(/\.+$/, '').toLocaleLowerCase()));
  return first ?? name;
}
