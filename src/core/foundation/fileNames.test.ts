import { expect, test } from 'vitest'
import { safeFileName, safeFileNames } from './fileNames'

test('names as people give them stay as they are', () => {
  for (const name of ['image_37', 'Nord Süd (2)', 'scene.v2_14band', '滑坡-3', 'Conrad', 'a-b'])
    expect(safeFileName(name)).toBe(name)
})

test('a stranger’s name is a file’s name on every system, and nothing else', () => {
  const cases: [string, string][] = [
    ['../../etc/passwd', 'etc-passwd'],
    ['..\\..\\evil', 'evil'],
    ['C:\\Windows\\system32', 'C-Windows-system32'],
    ['/absolute', 'absolute'],
    ['.hidden', 'hidden'],
    ['a\u202egpj.exe', 'a-gpj.exe'],
    ['line\nbreak\0', 'line-break-'],
    ['con', '_con'],
    ['NUL.tar', '_NUL.tar'],
    ['COM1', '_COM1'],
    ['ends. .', 'ends'],
    ['a\ud800b', 'a-b'],
    ['  ', 'patch'],
    ['..', 'patch'],
  ]
  for (const [name, expected] of cases) expect(safeFileName(name), JSON.stringify(name)).toBe(expected)
})

test('a long name is cut between letters, so that an ending still fits', () => {
  expect(safeFileName('x'.repeat(5000))).toHaveLength(160)
  const wide = safeFileName('滑'.repeat(5000))
  expect(new TextEncoder().encode(wide).length).toBeLessThanOrEqual(160)
  expect(wide).toBe('滑'.repeat(53))
})

test('names that become one are told apart', () => {
  expect(safeFileNames(['a/b', 'a\\b', 'A-B'])).toEqual(['a-b', 'a-b-2', 'A-B-3'])
})
