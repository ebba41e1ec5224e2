import { createHash } from 'node:crypto'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { preview } from 'vite'
import { demoFiles } from './demoFiles'
import { StudioPage } from './studioPage'

const ROOT = join(import.meta.dirname, '..')

/** A copy of the build under test, served as `vite preview` does, that can be published anew. */
class Site {
  private constructor(
    private readonly folder: string,
    private readonly server: Awaited<ReturnType<typeof preview>>,
  ) {}

  static async start(folder: string): Promise<Site> {
    cpSync(join(ROOT, 'dist/app'), folder, { recursive: true })
    const server = await preview({
      root: ROOT,
      logLevel: 'warn',
      build: { outDir: folder },
      preview: { port: 0, open: false },
    })
    return new Site(folder, server)
  }

  get address(): string {
    const address = this.server.httpServer.address()
    if (!address || typeof address === 'string') throw new Error('The site is not served.')
    return `http://localhost:${address.port}/`
  }

  /**
   * The same studio under another title, as one more build.
   *
   * @param whole false: its page is not the one whose hash its list names, as after an upload that was cut off
   */
  publish(title: string, whole: boolean): void {
    const page = this.read('index.html').replace(/<title>.*<\/title>/, `<title>${title}</title>`)
    writeFileSync(join(this.folder, 'index.html'), page)
    const hash = createHash('sha256')
      .update(whole ? page : `${page}\n`)
      .digest('base64')
    const worker = this.read('sw.js')
      .replace(/"version":"[^"]+"/, `"version":"${title.replace(/\W/g, '')}"`)
      .replace(/"index\.html":"[^"]+"/, `"index.html":"${hash}"`)
    writeFileSync(join(this.folder, 'sw.js'), worker)
  }

  private read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8')
  }

  async stop(): Promise<void> {
    await this.server.close()
  }
}

const OFFER = 'A new version of Scarp is ready. Your work is kept.'

/** Looks for a newer build, and returns what became of the one that is fetched now, if any is. */
function look(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    await registration.update().catch(() => undefined)
    const worker = registration.installing
    if (!worker) return registration.waiting ? 'installed' : 'nothing new'
    await new Promise<void>(resolve => {
      const done = () => worker.state !== 'installing' && resolve()
      worker.addEventListener('statechange', done)
      done()
    })
    return worker.state
  })
}

/**
 * Looks until a look ends so. The browser looks by itself after each visit, and a look that is asked for while another
 * one is on its way shares its end: that of a build published before.
 */
async function lookUntil(page: Page, end: 'installed' | 'redundant'): Promise<void> {
  await expect.poll(() => look(page), { timeout: 120_000 }).toBe(end)
}

/** The studio under the worker, which keeps the build from the first visit and answers from the second on. */
async function openKept(studio: StudioPage, site: Site): Promise<void> {
  await studio.page.goto(site.address)
  await studio.opened()
  await studio.page.evaluate(async () => void (await navigator.serviceWorker.ready))
  await studio.page.reload()
  await studio.opened()
  await expect(studio.page).toHaveTitle(/– Scarp$/)
}

test('a newer version waits until the person agrees, and a broken one is never taken', async ({
  page,
}, testInfo) => {
  const site = await Site.start(testInfo.outputPath('site'))
  try {
    const studio = new StudioPage(page)
    const offer = page.getByText(OFFER)
    await openKept(studio, site)
    const options = { seed: 11, size: 48, sourceCount: 0, targetCount: 1 }
    await studio.drop(await demoFiles(testInfo.outputPath('patches'), options))
    await studio.importDone()
    await studio.saved()

    site.publish('Scarp, cut off', false)
    await lookUntil(page, 'redundant')
    await page.reload()
    await studio.opened()
    await expect(page).toHaveTitle(/– Scarp$/)
    await expect(offer).toBeHidden()

    site.publish('Scarp, newer', true)
    await lookUntil(page, 'installed')
    await expect(offer).toBeVisible()
    await page.reload()
    await studio.opened()
    // Agreed to by nobody yet: the old build answers, and offers the new one again.
    await expect(page).toHaveTitle(/– Scarp$/)
    await expect(offer).toBeVisible()
    await studio.row('image_1').click()
    await studio.idle()
    await studio.button('Brush').click()
    await studio.stroke([0.4, 0.4], [0.6, 0.4])
    await expect(studio.share('image_1')).toHaveText(/%/)
    const painted = await studio.shareText('image_1')
    await studio.button('Reload to update').click()
    await expect(page).toHaveTitle(/– Scarp, newer$/)
    await studio.opened()
    await expect(offer).toBeHidden()
    await expect(studio.share('image_1')).toHaveText(painted)
  } finally {
    await site.stop()
  }
})

test('a tab takes the newer version too when another one took it first', async ({
  page,
  context,
}, testInfo) => {
  const site = await Site.start(testInfo.outputPath('site'))
  try {
    const studio = new StudioPage(page)
    await openKept(studio, site)
    const other = new StudioPage(await context.newPage())
    await other.page.goto(site.address)
    await other.opened()
    site.publish('Scarp, newer', true)
    await lookUntil(page, 'installed')
    await expect(other.page.getByText(OFFER)).toBeVisible()
    await studio.button('Reload to update').click()
    await expect(page).toHaveTitle(/– Scarp, newer$/)
    await expect(other.page).toHaveTitle(/– Scarp$/)
    await other.button('Reload to update').click()
    await expect(other.page).toHaveTitle(/– Scarp, newer$/)
  } finally {
    await site.stop()
  }
})
