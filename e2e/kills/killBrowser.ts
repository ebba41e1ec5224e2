import { readdirSync, readFileSync } from 'node:fs'
import { type BrowserContext, chromium, expect, test } from '@playwright/test'
import { randomStream } from '../../src/core/foundation/random'
import { demoFiles } from '../demoFiles'
import { StudioPage } from '../studioPage'

/** `SCARP_KILLS` says otherwise. */
const KILLS = Number(process.env.SCARP_KILLS ?? 12)
const SEED = Number(process.env.SCARP_KILLS_SEED ?? 1)
const FIRST = 'image_3'
const SMALL = { seed: 11, size: 64, sourceCount: 2, targetCount: 2 }

type Launch = Parameters<typeof chromium.launchPersistentContext>[1]

/** A browser with a profile that outlives it. */
async function start(
  profile: string,
  options: Launch,
): Promise<{ context: BrowserContext; studio: StudioPage }> {
  const context = await chromium.launchPersistentContext(profile, options)
  const studio = new StudioPage(context.pages()[0] ?? (await context.newPage()))
  await studio.open()
  return { context, studio }
}

/** Ends every process of the profile's browser at once, and waits until they are gone. */
async function killAll(profile: string): Promise<void> {
  for (let left = pidsOf(profile); left.length > 0; left = pidsOf(profile)) {
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended with the others.
      }
    }
    await new Promise(done => setTimeout(done, 50))
  }
}

function pidsOf(profile: string): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1')
        const isEnded = /^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
        return words.includes(profile) && !isEnded
      } catch {
        return false // It ended meanwhile.
      }
    })
    .map(Number)
}

const lines: string[] = []
test.afterAll(() => console.log(`\n| action | kills | lost | note |\n|---|---|---|---|\n${lines.join('\n')}`))

function options(baseURL: string | undefined, launch: Launch): Launch {
  return { ...launch, baseURL, viewport: { width: 1280, height: 800 }, headless: true, acceptDownloads: true }
}

test('painting: strokes that were reported saved are there', async ({ baseURL, launchOptions }, info) => {
  const random = randomStream(SEED, 'painting')
  const profile = info.outputPath('profile')
  const files = await demoFiles(info.outputPath('patches'), SMALL)
  let { context, studio } = await start(profile, options(baseURL, launchOptions))
  await studio.drop(files)
  await studio.importDone()
  let strokes = 0
  let known = ''
  for (let kill = 0; kill < KILLS; kill++) {
    await studio.row(FIRST).click()
    await studio.idle()
    await studio.button('Brush').click()
    for (let left = random.integer(1, 2); left > 0; left--) {
      const at = random.uniform() * 0.8 + 0.1
      await studio.stroke([0.1 + random.uniform() * 0.3, at], [0.5 + random.uniform() * 0.4, at])
      strokes++
    }
    await studio.saved()
    known = await studio.shareText(FIRST)
    const dying = new Promise(done => setTimeout(done, random.integer(0, 400))).then(() => killAll(profile))
    // Whether this one is kept is open: it was not reported saved.
    await studio.stroke([0.2, 0.9], [0.8, 0.9]).catch(() => undefined)
    await dying
    ;({ context, studio } = await start(profile, options(baseURL, launchOptions)))
    await expect(studio.share(FIRST)).toBeVisible()
    const found = await studio.shareText(FIRST)
    // The share only grows: every stroke paints.
    expect(Number.parseFloat(found)).toBeGreaterThanOrEqual(Number.parseFloat(known))
  }
  await context.close()
  lines.push(`| painting | ${KILLS} | 0 | ${strokes} strokes that were reported saved |`)
})
