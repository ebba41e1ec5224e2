import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { starterModels } from './starterModelsPlugin'

const models = join(import.meta.dirname, '../models')
const empty = mkdtempSync(join(tmpdir(), 'scarp-page-'))
let server: ViteDevServer
let address: string

beforeAll(async () => {
  writeFileSync(join(empty, 'index.html'), '<p>the page</p>')
  server = await createServer({
    root: empty,
    configFile: false,
    logLevel: 'silent',
    server: { port: 0, watch: null, ws: false },
    plugins: [starterModels(models)],
  })
  await server.listen()
  address = server.resolvedUrls!.local[0]!
})
afterAll(async () => {
  await server.close()
  rmSync(empty, { recursive: true })
})

async function get(path: string): Promise<[number, string]> {
  const response = await fetch(address + path)
  return [response.status, await response.text()]
}

test('the development server serves the files of models, and outlives addresses that are none', async () => {
  const [, index] = await get('models/index.json')
  const [id] = JSON.parse(index).models
  const manifest = readFileSync(join(models, id, 'manifest.json'), 'utf8')
  for (const path of [id, '', `${id}/`, '%', `${id}/none`, '..%2Fpackage.json', '%00'])
    expect((await get(`models/${path}`))[1], path).not.toContain('"name": "scarp"')
  expect(await get(`models/${id}/manifest.json?x`)).toEqual([200, manifest])
})

test('the web manifest belongs to the folder that it is served from, whatever its path', () => {
  const manifest = JSON.parse(
    readFileSync(join(import.meta.dirname, '../public/manifest.webmanifest'), 'utf8'),
  )
  const served = 'https://host/maps/scarp/'
  const addresses = [
    manifest.start_url,
    manifest.scope,
    ...manifest.icons.map(({ src }: { src: string }) => src),
  ]
  for (const one of addresses) expect(new URL(one, `${served}manifest.webmanifest`).href).toContain(served)
  expect(new URL(manifest.scope, `${served}manifest.webmanifest`).href).toBe(served)
  // Without an id the start is taken for one: an identity of "/" would be shared by all that the host has.
  expect(manifest.id).toBeUndefined()
})
