/** "1 patch", "1,204 patches". @param many by default `one` with an s */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

/** What moves a terminal's cursor, or turns the order of the letters around it. */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

/**
 * A text from a stranger (a file's name, its metadata) that does nothing but be read: control characters become
 * "\u001b" and so on, as in JSON.
 *
 * @param kept characters that stay: "\n\t".
 */
export function printable(text: string, kept = ''): string {
  return text.replace(UNPRINTABLE, character =>
    kept.includes(character) ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** "image_1, image_2, image_3 and 4 more". */
export function listNames(names: readonly string[], shown = 3): string {
  const more = names.length - shown
  return `${names.slice(0, shown).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
