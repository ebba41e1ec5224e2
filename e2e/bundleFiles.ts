import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Browser, expect } from '@playwright/test'
import { unzipSync } from 'fflate'
import { stacValidator } from '../src/core/export/stacSchema.testing'
import { gdalInfo } from './gdalInfo'

/** Unpacks an evidence bundle and opens every file in it. @returns the text of one by its name */
export async function openBundle(
  path: string,
  folder: string,
  browser: Browser,
): Promise<(name: string) => string> {
  const files = unzipSync(new Uint8Array(readFileSync(path)))
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), bytes)
  }
  const text = (name: string) => new TextDecoder().decode(files[name])
  const names = Object.keys(files).filter(name => name !== 'SHA256SUMS')
  const sums = names.map(name => `${createHash('sha256').update(files[name]!).digest('hex')}  ${name}\n`)
  expect(text('SHA256SUMS')).toBe(sums.join(''))
  for (const name of names) {
    const place = join(folder, name)
    if (name.endsWith('.tif')) {
      const info = gdalInfo(place)
      expect(info, 'GDAL has to be there: gdal-bin').not.toBeNull()
      expect(info!.coordinateSystem?.wkt, name).toContain('UTM zone 33N')
    } else if (name.endsWith('.gpkg')) openLayers(place, names.includes('audits.json'))
    else if (name.endsWith('.csv')) expect(ogrInfo(place), name).toMatch(/Feature Count: [1-9]/)
    else if (name.endsWith('.json')) expect(() => JSON.parse(text(name))).not.toThrow()
    else if (name.endsWith('.jsonl')) {
      for (const line of text(name).trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
    } else expect(name).toMatch(/\.(html|qml)$/)
  }
  const validate = stacValidator()
  validate(JSON.parse(text('item.json')))
  expect(validate.errors).toBeNull()
  const item = JSON.parse(text('item.json')) as { assets: Record<string, { href: string }> }
  expect(
    Object.values(item.assets)
      .map(({ href }) => decodeURIComponent(href.slice(2)))
      .sort(),
  ).toEqual(names.filter(name => name !== 'item.json').sort())
  expect(await printedPages(join(folder, 'report.html'), browser)).toBe(2)
  return text
}

function ogrInfo(path: string, ...more: string[]): string {
  return execFileSync('ogrinfo', ['-al', '-so', path, ...more], { encoding: 'utf8' })
}

/** All layers of an inventory have features, a place and the style that QGIS looks for, and their geometries are valid. */
function openLayers(path: string, isAudited: boolean): void {
  const styles = execFileSync('ogrinfo', ['-al', path, 'layer_styles'], { encoding: 'utf8' })
  const layers = ['landslides', 'source', 'area_of_interest', 'footprint']
  // Everything may have been analysed.
  expect(ogrInfo(path, 'not_analysed')).toContain('UTM zone 33N')
  for (const layer of isAudited ? [...layers, 'audit_points'] : layers) {
    expect(ogrInfo(path, layer), layer).toMatch(/Feature Count: [1-9]/)
    expect(ogrInfo(path, layer), layer).toContain('UTM zone 33N')
    expect(styles, layer).toContain(`f_table_name (String) = ${layer}`)
    const sql = `SELECT COUNT(*) AS broken FROM "${layer}" WHERE NOT ST_IsValid(geom)`
    const found = execFileSync('ogrinfo', ['-q', path, '-dialect', 'sqlite', '-sql', sql], {
      encoding: 'utf8',
    })
    expect(found, layer).toMatch(/broken \(Integer\) = 0/)
  }
}

/** Pages that a report has on paper; it must neither run nor fetch anything. */
async function printedPages(path: string, browser: Browser): Promise<number> {
  const page = await browser.newPage()
  const asked: string[] = []
  const said: string[] = []
  page.on('request', request => asked.push(request.url()))
  page.on('console', message => said.push(message.text()))
  await page.goto(`file://${path}`)
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true, path: `${path}.pdf` })
  await page.close()
  expect(asked.filter(url => !url.startsWith('data:'))).toEqual([`file://${encodeURI(path)}`])
  expect(said).toEqual([])
  return pdf.toString('latin1').match(/\/Type \/Page\b/g)?.length ?? 0
}
