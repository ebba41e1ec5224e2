const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/**
 * How well a query fits a text, 0 (not at all) to 1 (the same): words of the query in any order, each as the start of
 * a word, inside one, or as letters in sequence that begin at a word ("rte" finds "Run the ensemble").
 */
export function matchText(query: string, text: string): number {
  const words = plain(query).split(/\s+/).filter(Boolean)
  if (words.length === 0) return 0
  const target = plain(text)
  if (target === words.join(' ')) return 1
  const scores = words.map(word => matchWord(word, target))
  return scores.some(score => score === 0) ? 0 : scores.reduce((sum, score) => sum + score, 0) / words.length
}

function matchWord(word: string, target: string): number {
  if (target.startsWith(word)) return 0.9
  let inside = target.indexOf(word)
  if (inside < 0) return lettersInSequence(word, target)
  while (inside >= 0) {
    if (startsWord(target, inside)) return 0.75
    inside = target.indexOf(word, inside + 1)
  }
  return 0.5
}

/** Letters in sequence, the first at the start of a word; the more of them start words, the better. */
function lettersInSequence(word: string, target: string): number {
  if (word.length < 2) return 0
  let from = 0
  let starts = 0
  for (let index = 0; index < word.length; index++) {
    const letter = word[index] ?? ''
    let place = target.indexOf(letter, from)
    const anywhere = place
    while (place >= 0 && !startsWord(target, place)) place = target.indexOf(letter, place + 1)
    if (place >= 0) {
      starts++
      from = place + 1
    } else if (index === 0 || anywhere < 0 || anywhere > from + 2) {
      return 0
    } else {
      from = anywhere + 1
    }
  }
  return 0.2 + (0.2 * starts) / word.length
}

const PART_OF_WORD = /[\p{L}\p{N}]/u

function startsWord(target: string, place: number): boolean {
  return place === 0 || !PART_OF_WORD.test(target[place - 1] ?? '')
}
