import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { LANDSLIDE_FIELDS } from './fields'

describe('columns of an inventory', () => {
  it('stand in docs/inventory.md as they are', () => {
    const page = readFileSync(new URL('../../../docs/inventory.md', import.meta.url), 'utf8')
    const table = /<!-- columns -->\n([\s\S]*)<!-- end of columns -->/.exec(page)![1]
    const rows = LANDSLIDE_FIELDS.map(
      ({ name, unit, detail }) => `| \`${name}\` | ${unit ?? ''} | ${detail} |\n`,
    )
    expect(table).toBe(`| column | unit | what it is |\n|---|---|---|\n${rows.join('')}`)
  })

  it('have names that a database takes, each once, and say their unit in them', () => {
    const names = LANDSLIDE_FIELDS.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const { name, unit, detail } of LANDSLIDE_FIELDS) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/)
      expect(detail).not.toMatch(/\.$/)
      const ending = { m: '_m', 'm²': '_m2', ha: '_ha', '°': '_deg' }[unit ?? '']
      if (ending && name !== 'lon' && name !== 'lat') expect(name.endsWith(ending)).toBe(true)
    }
  })
})
