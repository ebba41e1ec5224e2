import { describe, expect, test } from 'vitest'
import { addObjects, compareObjects, noObjects, objectScores } from './objectScores'

/** Masks drawn as text: "#" landslide, "?" ignored, anything else background. */
function compare(map: string[], truth: string[], overlap?: number) {
  const pixels = (rows: string[]) =>
    Uint8Array.from(rows.join(''), letter => (letter === '#' ? 1 : letter === '?' ? 255 : 0))
  return compareObjects(pixels(map), pixels(truth), map[0]!.length, map.length, overlap)
}

/** Counts that are not 0. */
function brief(counts: ReturnType<typeof compare>) {
  const some = (part: Record<string, number>) =>
    Object.fromEntries(Object.entries(part).filter(([, count]) => count > 0))
  return [some(counts.truth), some(counts.mapped)]
}

describe('landslides of a map beside those of a truth', () => {
  test.each<[string, string[], string[], object, object]>([
    ['the same', ['##..'], ['##..'], { matched: 1 }, { matched: 1 }],
    ['more than half of both', ['###..'], ['.###.'], { matched: 1 }, { matched: 1 }],
    ['just half is not enough', ['####..'], ['..####'], { missed: 1 }, { false: 1 }],
    ['one truth in two parts', ['##.##'], ['#####'], { split: 1 }, { splitting: 2 }],
    ['two of the truth in one', ['#####'], ['##.##'], { merged: 2 }, { merging: 1 }],
    ['nothing there', ['##...'], ['...##'], { missed: 1 }, { false: 1 }],
    ['a small part of it', ['#......'], ['#######'], { missed: 1 }, { fragment: 1 }],
    ['a part beside the match', ['####.#.'], ['######.'], { matched: 1 }, { matched: 1, fragment: 1 }],
    ['a corner makes one landslide', ['#.', '.#'], ['#.', '.#'], { matched: 1 }, { matched: 1 }],
    ['both empty', ['...'], ['...'], {}, {}],
  ])('%s', (_, map, truth, ofTruth, ofMap) => {
    expect(brief(compare(map, truth))).toEqual([ofTruth, ofMap])
  })

  test('what the truth ignores counts on neither side', () => {
    expect(brief(compare(['####'], ['##??']))).toEqual([{ matched: 1 }, { matched: 1 }])
    expect(brief(compare(['####'], ['????']))).toEqual([{}, {}])
  })

  test('a stricter rule finds fewer', () => {
    expect(brief(compare(['###..'], ['.###.'], 0.7))).toEqual([{ missed: 1 }, { false: 1 }])
  })

  test('many overlaps, as large numbers of both', () => {
    const side = 300
    const dots = Uint8Array.from({ length: side * side }, (_, i) =>
      i % 2 === 0 && Math.floor(i / side) % 2 === 0 ? 1 : 0,
    )
    const { truth, mapped } = compareObjects(dots, dots, side, side)
    expect([truth.matched, mapped.matched]).toEqual([22_500, 22_500])
  })
})

test('counts pool, scores are shares of what was not missed and not false', () => {
  const one = compare(['##...', '.....', '#.#..'], ['##...', '.....', '#####'])
  const other = compare(['..##'], ['....'])
  const scores = objectScores(addObjects(one, other))
  expect(scores).toMatchObject({
    truth: { matched: 1, missed: 1, split: 0, merged: 0 },
    mapped: { matched: 1, fragment: 2, false: 1 },
    overlap: 0.5,
    recall: 0.5,
    precision: 0.75,
  })
  expect(objectScores(noObjects())).toMatchObject({ recall: null, precision: null })
})
