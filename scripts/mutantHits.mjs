// Set-up of the tests that scripts/mutate.mjs runs once: which mutants each test passes, in its meta data.
import { afterEach, beforeEach, inject } from 'vitest'

const hits = new Uint8Array(inject('mutants'))
globalThis.mutantHits = hits
/** What importing, and hooks of whole files, passed: that counts for every test of the file. */
const outside = new Uint8Array(hits.length)

beforeEach(() => moveHits(outside))

afterEach(({ task }) => {
  task.meta.hits = listed(hits)
  task.file.meta.hits = listed(outside)
  hits.fill(0)
})

function moveHits(to) {
  for (let i = 0; i < hits.length; i++) to[i] |= hits[i]
  hits.fill(0)
}

function listed(marks) {
  const list = []
  marks.forEach((mark, i) => {
    if (mark) list.push(i)
  })
  return list
}
