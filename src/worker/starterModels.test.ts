import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { starterMeans, starterModels } from './starterModels'

const FIRST = readdirSync('models').sort()[0]!

describe('what stands for a band that a product does not have', () => {
  test('is what the first starter learned from', async () => {
    const ids = readdirSync('models').sort()
    vi.stubGlobal('fetch', async (url: string) => {
      if (url === 'models/index.json') return Response.json({ models: ids })
      return existsSync(url) ? new Response(readFileSync(url)) : new Response(null, { status: 404 })
    })
    const manifest = JSON.parse(readFileSync(`models/${FIRST}/manifest.json`, 'utf8'))
    const means = await starterMeans(starterModels('models/'))
    expect(means).toEqual(manifest.statistics.source.mean)
    expect(means).toHaveLength(14)
  })

  test('is asked for where there are no starters', async () => {
    vi.stubGlobal('fetch', async () => new Response(null, { status: 404 }))
    await expect(starterMeans(starterModels('models/'))).rejects.toMatchObject({
      code: 'model-invalid',
      message: expect.stringMatching(/reload the page/),
    })
  })
})
