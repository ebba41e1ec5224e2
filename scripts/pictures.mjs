// Takes every picture of the README and the user guide from a fresh build: node scripts/pictures.mjs [--no-build]
// All screens, in both themes and two sizes, come to test-results/pictures; docs/images gets those that the guide
// shows; four contact sheets of all of them, to look them over, stay with them. SCARP_PICTURES=review,export takes only
// those named, SCARP_PICTURE_LOOKS=dark-1280 (what the guide shows) only that theme and width.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from '@playwright/test'
import { chromiumLaunchOptions } from './browser.mjs'

const root = resolve(fileURLToPath(import.meta.url), '../..')
const taken = join(root, 'test-results/pictures')
const images = join(root, 'docs/images')
process.chdir(root)

const run = (command, args) => spawnSync(command, args, { stdio: 'inherit' }).status === 0

if (!process.env.SCARP_PICTURES) rmSync(taken, { recursive: true, force: true })
if (!process.argv.includes('--no-build') && !run('npx', ['vite', 'build', '--logLevel', 'warn']))
  process.exit(1)
const whole = run('npx', ['playwright', 'test', '--config', 'e2e/pictures/playwright.config.ts'])

mkdirSync(images, { recursive: true })
const shown = new Set(
  ['README.md', 'docs/user-guide.md'].flatMap(page =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/images\/([\w-]+)\.png/g)].map(([, name]) => name),
  ),
)
for (const name of shown) {
  // "studio" is the README's: the review screen under a name that stays.
  const from = join(taken, 'dark-1280', `${name === 'studio' ? 'review' : name}.png`)
  if (existsSync(from)) copyFileSync(from, join(images, `${name}.png`))
  else if (!process.env.SCARP_PICTURES)
    console.error(`No picture "${name}": a page shows it, no screen of e2e/screens/ is called that.`)
}
// Of some screens alone a sheet of all would be short of the others.
if (!process.env.SCARP_PICTURES) await contactSheets()
const bytes = readdirSync(images).reduce((sum, name) => sum + statSync(join(images, name)).size, 0)
console.log(`docs/images: ${(bytes / 2 ** 20).toFixed(1)} MiB`)
process.exit(whole ? 0 : 1)

/** One JPEG for each theme and size, every screen with its name. */
async function contactSheets() {
  const browser = await chromium.launch(chromiumLaunchOptions())
  try {
    for (const folder of readdirSync(taken).filter(name => statSync(join(taken, name)).isDirectory())) {
      const names = readdirSync(join(taken, folder)).filter(name => name.endsWith('.png'))
      const figures = names.map(name => {
        const data = readFileSync(join(taken, folder, name)).toString('base64')
        return `<figure><img src="data:image/png;base64,${data}"><figcaption>${name.slice(0, -4)}</figcaption></figure>`
      })
      const page = await browser.newPage({ viewport: { width: 1600, height: 800 } })
      await page.setContent(
        `<style>body{margin:8px;background:#777;font:14px sans-serif;color:#fff;display:grid;gap:8px;` +
          `grid-template-columns:repeat(4,1fr)}figure{margin:0}img{width:100%;display:block}</style>${figures.join('')}`,
      )
      await page.evaluate(() => Promise.all([...document.images].map(image => image.decode())))
      await page.screenshot({
        path: join(taken, `all-${folder}.jpg`),
        type: 'jpeg',
        quality: 55,
        fullPage: true,
      })
      await page.close()
    }
  } finally {
    await browser.close()
  }
}
