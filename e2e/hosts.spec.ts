import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { demoFiles } from './demoFiles'
import { type HostOptions, StaticHost, Stranger } from './staticHost'
import { StudioPage } from './studioPage'

const BUILD = join(import.meta.dirname, '../dist/app')

const DEMO = { seed: 11, size: 48, sourceCount: 0, targetCount: 2 }

const HOSTS: [string, HostOptions][] = [
  ['a plain host', {}],
  ['a host that redirects index.html, under a path of its own', { path: '/maps/scarp/', redirects: true }],
]

/** Asks another origin, from the page and from each of its workers: no request may leave. */
async function expectGuarded(studio: StudioPage, address: string): Promise<void> {
  const ask = (url: string) =>
    fetch(url).then(
      response => response.text(),
      (error: unknown) => (error instanceof TypeError ? 'refused' : String(error)),
    )
  const answers: Record<string, string> = { page: await studio.page.evaluate(ask, address) }
  for (const worker of [...studio.workers(), ...studio.decoders()]) {
    answers[new URL(worker.url()).hash] = await worker.evaluate(ask, address)
  }
  expect(answers).toEqual({
    page: 'refused',
    '#files': 'refused',
    '#decoding': 'refused',
    '#engine': 'refused',
  })
}

for (const [title, options] of HOSTS) {
  test(`${title}, without a header, serves the studio, guarded, isolated and offline`, async ({
    page,
  }, testInfo) => {
    const host = await StaticHost.start(BUILD, options)
    const stranger = await Stranger.start()
    try {
      const studio = new StudioPage(page)
      await page.goto(host.address)
      await studio.opened()
      await studio.engineReady()
      // The worker that reads files starts with the first one.
      const [first, second] = await demoFiles(testInfo.outputPath('patches'), DEMO)
      await studio.drop([first!])
      await studio.importDone()
      await studio.saved()
      await expectGuarded(studio, stranger.address)

      await page.evaluate(async () => void (await navigator.serviceWorker.ready))
      await page.reload()
      await studio.opened()
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)

      await host.stop()
      await page.reload()
      await studio.opened()
      await studio.engineReady()
      await expect(studio.rows()).toHaveCount(1)
      await studio.drop([second!])
      await expect(studio.rows()).toHaveCount(2)
      await expectGuarded(studio, stranger.address)
      expect(stranger.visits).toBe(0)
    } finally {
      await host.stop()
      await stranger.stop()
    }
  })
}
