import { readdirSync } from 'node:fs'
import { matchesGlob, posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ALSO_IN_CHROMIUM, PLACES } from './testPlaces'

const files = ['src', 'scripts'].flatMap(folder =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => posix.join(folder, name.replaceAll('\\', '/')))
    .filter(name => /\.test\.tsx?$/.test(name)),
)

const matches = (file: string, patterns: readonly string[]) =>
  patterns.some(pattern => matchesGlob(file, pattern))

const placesOf = (file: string) =>
  Object.entries(PLACES)
    .filter(([, { include, exclude }]) => matches(file, include) && !matches(file, exclude))
    .map(([place]) => place)

describe('every test runs where its ending says', () => {
  const endings: [string, RegExp, string[][]][] = [
    ['.gpu.test.ts', /\.gpu\.test\.ts$/, [['dawn'], ['dawn', 'chromium']]],
    ['.dawn.test.ts', /\.dawn\.test\.ts$/, [['dawn']]],
    ['.scheduler.test.ts', /\.scheduler\.test\.ts$/, [['scheduler']]],
    ['.browser.test.ts', /\.browser\.test\.ts$/, [['chromium']]],
    ['.test.ts', /^[^.]*\.test\.ts$/, [['node']]],
  ]

  test.each(endings)('*%s', (_ending, pattern, places) => {
    const some = files.filter(file => pattern.test(posix.basename(file)))
    expect(some.length).toBeGreaterThan(0)
    for (const file of some) expect(places, file).toContainEqual(placesOf(file))
  })

  test('there is no other ending', () => {
    const known = (file: string) => endings.some(([, pattern]) => pattern.test(posix.basename(file)))
    expect(files.filter(file => !known(file))).toEqual([])
  })
})

test.each(ALSO_IN_CHROMIUM)('%s names tests', pattern => {
  expect(files.filter(file => matchesGlob(file, pattern)).length).toBeGreaterThan(0)
})
