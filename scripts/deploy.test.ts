import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HEADERS, POLICY } from '../src/app/responseHeaders.ts'

const FOLDER = join(import.meta.dirname, '../deploy')
const IMMUTABLE = 'public, max-age=31536000, immutable'

test('every host that we have a file for sends every header', () => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter(
    name => !/^(site$|slurm|kubernetes|Dockerfile)|html$/.test(name),
  )
  expect(files.length).toBeGreaterThanOrEqual(4)
  for (const file of files) {
    const text = readFileSync(join(FOLDER, file), 'utf8')
    for (const [name, value] of Object.entries(HEADERS))
      expect(text, `${file}: ${name}`).toMatch(pair(name, value))
    expect(text, file).toContain(IMMUTABLE)
    expect(text, file).toMatch(/no-cache/)
  }
})

test('hosts that would send the studio for what is missing find a page of their own in the build', () => {
  // Copied as it is by scripts/build.mjs. Cloudflare Pages sent index.html for a missing asset, to be kept for a year.
  const page = readFileSync(join(FOLDER, 'site/404.html'), 'utf8')
  expect(page).toMatch(/^<!doctype html>/)
  // The policy, which comes with it, would refuse these.
  expect(page).not.toMatch(/<script|<style|style=|<link/)
})

test('Vercel, too, has the page and the service worker looked at each time', () => {
  const { headers } = JSON.parse(readFileSync(join(FOLDER, 'vercel.json'), 'utf8')) as {
    headers: { source: string; headers: { key: string; value: string }[] }[]
  }
  const eachTime = headers.filter(entry => entry.headers.some(({ value }) => value === 'no-cache'))
  // In a group that may be left out, as in "/(index.html)?", Vercel counts the slash in: the root needs its own line.
  expect(eachTime.map(({ source }) => source)).toEqual(['/', '/(index.html|sw.js)'])
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
