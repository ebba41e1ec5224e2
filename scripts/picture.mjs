// Takes the README's picture of the built studio with the demo predicted: node scripts/picture.mjs [folder]
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from '@playwright/test'
import { build, preview } from 'vite'
import { chromiumLaunchOptions } from './browser.mjs'

const root = resolve(fileURLToPath(import.meta.url), '../..')
const folder = resolve(process.argv[2] ?? join(root, 'docs/images'))
mkdirSync(folder, { recursive: true })

await build({ root, logLevel: 'warn' })
const server = await preview({ root, preview: { port: 4931, strictPort: true } })
const browser = await chromium.launch(chromiumLaunchOptions())
try {
  for (const colorScheme of ['dark', 'light']) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme })
    await page.goto('http://localhost:4931/')
    const button = name => page.getByRole('button', { name, exact: true })
    await button('Open demo').click()
    const target = page.getByRole('option').filter({ hasText: 'image_16' })
    await target.click({ timeout: 240_000 })
    await button('Run ensemble').click({ timeout: 60_000 })
    await page.getByRole('progressbar', { name: /Running/ }).waitFor({ state: 'attached' })
    await page.getByRole('progressbar', { name: /Running/ }).waitFor({ state: 'detached', timeout: 600_000 })
    for (const close of await page.getByRole('button', { name: /^(Close|Dismiss)/ }).all())
      await close.click()
    await page.mouse.move(640, 400)
    await page.waitForTimeout(1000)
    await page.screenshot({ path: join(folder, colorScheme === 'dark' ? 'studio.png' : 'studio-light.png') })
    await page.close()
  }
} finally {
  await browser.close()
  await server.close()
}
process.exit(0)
