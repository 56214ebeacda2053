import { expect, test } from 'vitest';
import { shortName } from './short-name';

test('a title is no name', () => {
  expect(shortName('Dr Katharina Wendelstein-Okafor')).toBe('Katharina');
  expect(shortName('Prof. Dr. Katharina Wendelstein')).toBe('Katharina');
  expect(shortName('Doña Esperanza del Carmen')).toBe('Esperanza');
  expect(shortName('SRA. Rodríguez Pérez')).toBe('Rodríguez');
  expect(shortName('Mx Wilhelmina Ash')).toBe('Wilhelmina');
});

test('the first name is enough, of a double one the first half; a short name stays whole', () => {
  expect(shortName('Esperanza del Carmen Rodríguez')).toBe('Esperanza');
  expect(shortName('Maximiliane-Sophie')).toBe('Maximiliane');
  expect(shortName('Dr Okafor')).toBe('Dr Okafor');
  expect(shortName('Ana María')).toBe('Ana María');
});

test('where nothing but titles is there, they are the name', () => {
  expect(shortName('Prof. Dr. Dr.')).toBe('Prof. Dr. Dr.');
});
