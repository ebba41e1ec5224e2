// Mutants that no test can tell from the source, with the reason. scripts/mutants.test.ts holds that each still exists.

/** `from` and `to` are the lines without and with the mutant, trimmed and joined. */
export const EQUIVALENT = []

/** @param {{file: string, from: string, to: string}} mutant */
export function isEquivalent({ file, from, to }) {
  return EQUIVALENT.some(known => known.file === file && known.from === from && known.to === to)
}
