import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HEADERS, POLICY } from '../src/app/responseHeaders.ts'

const FOLDER = join(import.meta.dirname, '../deploy')
const IMMUTABLE = 'public, max-age=31536000, immutable'

test('every host that we have a file for sends every header', () => {
  const files = readdirSync(FOLDER)
  expect(files.length).toBeGreaterThanOrEqual(4)
  for (const file of files) {
    const text = readFileSync(join(FOLDER, file), 'utf8')
    for (const [name, value] of Object.entries(HEADERS))
      expect(text, `${file}: ${name}`).toMatch(pair(name, value))
    expect(text, file).toContain(IMMUTABLE)
    expect(text, file).toMatch(/no-cache/)
  }
})

test('the policy lets nothing in from elsewhere and evaluates no text', () => {
  expect(POLICY).toMatch(/^default-src 'none';/)
  expect(POLICY).not.toMatch(/https?:|\*|'unsafe-eval'|'unsafe-inline'/)
})

/** A header and its value, in whichever way a host writes them: `A: b`, `A "b"`, `"key": "A", "value": "b"`. */
function pair(name: string, value: string): RegExp {
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`\\b${literal(name)}(:|",\\s*"value":)? ?"?${literal(value)}"?( always;|\\n)`)
}
