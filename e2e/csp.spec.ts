import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from '@playwright/test'
import { StudioPage } from './studioPage'

test('asks no other host for anything and keeps to its content security policy', async ({
  page,
  baseURL,
}) => {
  const foreign: string[] = []
  const refused: string[] = []
  page.on('request', request => {
    const address = new URL(request.url())
    if (!['data:', 'blob:'].includes(address.protocol) && address.origin !== baseURL)
      foreign.push(request.url())
  })
  page.on('console', message => {
    if (/Content Security Policy/i.test(message.text())) refused.push(message.text())
  })
  const studio = new StudioPage(page)
  await studio.open()
  await studio.engineReady()
  await studio.button('Open demo').click()
  await studio.importDone()
  await studio.engineBadge.click()
  await expect(page.getByRole('dialog', { name: 'Engine' })).toBeVisible()
  await page.keyboard.press('Escape')
  await studio.button('Export').click()
  await studio.button('Close').click()
  expect(foreign).toEqual([])
  expect(refused).toEqual([])
  expect(await studio.policyViolations()).toEqual([])
})

test('the window carries no TensorFlow.js', () => {
  const app = resolve(import.meta.dirname, '../dist/app')
  const page = readFileSync(join(app, 'index.html'), 'utf8')
  const entry = /src="\.\/(assets\/[^"]+\.js)"/.exec(page)?.[1]
  expect(entry).toBeDefined()
  const seen = new Set<string>()
  const waiting = [entry!]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    const code = readFileSync(join(app, path), 'utf8')
    expect(code, path).not.toMatch(/tfjs|registerGradient|webgpu_backend/)
    for (const [, name] of code.matchAll(/["'`](?:\.\/|assets\/)([\w.-]+\.js)["'`]/g)) {
      if (!/worker|^sw\.js$/.test(name!)) waiting.push(`assets/${name}`)
    }
  }
  // The engine worker, which must hold it, shows that the words looked for are the right ones.
  const worker = readdirSync(join(app, 'assets')).find(name => /^engine\.worker.*\.js$/.test(name))
  expect(readFileSync(join(app, 'assets', worker!), 'utf8')).toMatch(/tfjs|registerGradient|webgpu_backend/)
})
