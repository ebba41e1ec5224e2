/** Draws the PNG icons that installing needs from public/icon.svg: node scripts/icons.mjs */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { chromiumLaunchOptions } from './browser.mjs'

const PUBLIC = join(import.meta.dirname, '../public')
const svg = readFileSync(join(PUBLIC, 'icon.svg'), 'utf8')
/** A maskable icon may be cut to a circle of 80 %: its drawing stays inside, on a full ground. */
const ICONS = [
  { name: 'icon-192.png', size: 192, share: 1, ground: 'transparent' },
  { name: 'icon-512.png', size: 512, share: 1, ground: 'transparent' },
  { name: 'icon-maskable-512.png', size: 512, share: 0.72, ground: '#15191c' },
]

const browser = await chromium.launch({ headless: true, ...chromiumLaunchOptions() })
const page = await browser.newPage()
for (const { name, size, share, ground } of ICONS) {
  const drawn = Math.round(size * share)
  await page.setViewportSize({ width: size, height: size })
  await page.setContent(
    `<style>html,body{margin:0;height:100%;background:${ground}}body{display:grid;place-items:center}` +
      `svg{width:${drawn}px;height:${drawn}px}</style>${svg}`,
  )
  writeFileSync(join(PUBLIC, name), await page.screenshot({ omitBackground: true }))
}
await browser.close()
