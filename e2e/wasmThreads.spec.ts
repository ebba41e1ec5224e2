import { resolve } from 'node:path'
import { expect, test } from '@playwright/test'
import { build, preview } from 'vite'
import type {} from '../scripts/wasmThreads/page'
import { COMMON_PRESET, FAMILIES, PUBLISHED_PRESETS } from '../src/core/rounds/networks'

const configFile = resolve(import.meta.dirname, '../scripts/wasmThreads/vite.config.ts')
const PORT = 4918

const NETWORKS = [
  ...FAMILIES.map(family => ({ family, preset: COMMON_PRESET })),
  { family: 'segformer', preset: PUBLISHED_PRESETS.segformer },
] as const

test('a prediction on WASM has the same bits on one, two and four threads', async ({ page }) => {
  await build({ configFile })
  const server = await preview({ configFile, preview: { port: PORT, strictPort: true } })
  try {
    await page.goto(`http://localhost:${PORT}/`)
    for (const network of NETWORKS) {
      const digests = new Set<string>()
      for (const threads of [1, 2, 4]) {
        const request = { ...network, threads, size: 256, passes: 1 }
        const { adapter, digest, manyProducts } = await page.evaluate(given => window.measure(given), request)
        expect(adapter).toBe(threads === 1 ? 'WASM SIMD, 1 thread' : `WASM SIMD, ${threads} threads`)
        digests.add(`${digest} ${manyProducts}`)
      }
      expect(digests.size, `${network.family} ${network.preset}`).toBe(1)
    }
  } finally {
    await server.close()
  }
})
