import { readdirSync, readFileSync } from 'node:fs'
import { type BrowserContext, chromium, expect, test } from '@playwright/test'
import { randomStream } from '../../src/core/foundation/random'
import { demoFiles } from '../demoFiles'
import { Keyboard } from '../keyboard'
import { saveEachStep } from '../saveEachStep'
import { madeSceneFiles } from '../sceneFiles'
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
    await pause(50)
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

const pause = (milliseconds: number) => new Promise(done => setTimeout(done, milliseconds))

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
    const dying = pause(random.integer(0, 400)).then(() => killAll(profile))
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

test('importing: patches are whole or absent, and the same drop completes them', async ({
  baseURL,
  launchOptions,
}, info) => {
  const random = randomStream(SEED, 'importing')
  const total = 16
  const many = { seed: 12, size: 96, sourceCount: 4, targetCount: total - 4 }
  const files = await demoFiles(info.outputPath('patches'), many)
  const found: number[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    const profile = info.outputPath(`profile-${kill}`)
    const first = await start(profile, options(baseURL, launchOptions))
    await first.studio.drop(files)
    await pause(random.integer(0, 2500))
    await killAll(profile)
    const { context, studio } = await start(profile, options(baseURL, launchOptions))
    found.push(await countOf(studio))
    await expectWhole(studio)
    await studio.drop(files)
    await expect.poll(() => countOf(studio), { timeout: 60_000 }).toBe(total)
    await studio.idle()
    await expectWhole(studio)
    await context.close()
  }
  lines.push(
    `| importing | ${KILLS} | 0 | of ${total} patches ${found.join(', ')} were there; the rest came with the same drop |`,
  )
})

test('adding a scene: cells are whole or absent, and the same files complete it', async ({
  baseURL,
  launchOptions,
}, info) => {
  const random = randomStream(SEED, 'adding')
  const files = await madeSceneFiles(info.outputPath('scene'), 1030, 520)
  const total = 6
  const add = async (studio: StudioPage) => {
    await studio.drop(files)
    const dialog = studio.page.getByRole('dialog', { name: 'Add scene' })
    await expect(dialog.getByText(`${total} cells`)).toBeVisible({ timeout: 120_000 })
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await expect(dialog).toBeHidden()
  }
  const found: string[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    const profile = info.outputPath(`profile-${kill}`)
    const first = await start(profile, options(baseURL, launchOptions))
    await add(first.studio)
    // Every other time once something of it is there.
    if (kill % 2 === 0) await expect.poll(() => countOf(first.studio), { timeout: 60_000 }).toBeGreaterThan(0)
    await pause(random.integer(0, 1500))
    const listed = await countOf(first.studio)
    await killAll(profile)
    const { context, studio } = await start(profile, options(baseURL, launchOptions))
    const there = await countOf(studio)
    expect(there).toBeGreaterThanOrEqual(listed)
    await expectWhole(studio)
    const strip = studio.page.getByRole('region', { name: 'Scene not whole' })
    const isCutOff = await strip.isVisible()
    found.push(`${there}${isCutOff ? '' : ' whole or not begun'}`)
    if (isCutOff) await expect(strip).toContainText(`${there} cell`)
    if (there < total) await add(studio)
    await expect.poll(() => countOf(studio), { timeout: 120_000 }).toBe(total)
    await expect(strip).toBeHidden({ timeout: 60_000 })
    await studio.idle()
    await expectWhole(studio)
    await context.close()
  }
  lines.push(
    `| adding a scene | ${KILLS} | 0 | of ${total} cells ${found.join(', ')} were there; the rest came with the same files |`,
  )
})

/** Of all patches, as the filter says it: the list holds a screenful. */
async function countOf(studio: StudioPage): Promise<number> {
  const all = studio.patches.getByRole('radio', { name: /^All/ })
  return (await all.count()) === 0 ? 0 : Number(/\d+/.exec((await all.textContent())!)?.[0] ?? 0)
}

/** Every patch of the list comes up on the map. */
async function expectWhole(studio: StudioPage): Promise<void> {
  for (let left = await countOf(studio); left > 0; left--) {
    await studio.idle()
    await studio.page.keyboard.press('j')
  }
  await studio.idle()
  await expect(studio.page.getByRole('alert')).toHaveCount(0)
  await expect(studio.page.getByText('could not be read')).toHaveCount(0)
}

/** Two patches painted and judged: what no later kill may change. */
async function judged(studio: StudioPage, files: string[]): Promise<string[]> {
  await studio.drop(files)
  await studio.importDone()
  for (const name of [FIRST, 'image_4']) {
    await studio.row(name).click()
    await studio.idle()
    await studio.button('Brush').click()
    await studio.stroke([0.3, 0.4], [0.6, 0.5])
    await studio.button('Accept').click()
    await expect(studio.row(name)).toContainText('Corrected')
  }
  await studio.saved()
  return texts(studio)
}

const texts = (studio: StudioPage) => studio.rows().allInnerTexts()

test('exporting masks and the archive: the project is as it was, and the file comes the next time', async ({
  baseURL,
  launchOptions,
}, info) => {
  const random = randomStream(SEED, 'exporting')
  const profile = info.outputPath('profile')
  const files = await demoFiles(info.outputPath('patches'), SMALL)
  let { context, studio } = await start(profile, options(baseURL, launchOptions))
  const before = await judged(studio, files)
  for (let kill = 0; kill < KILLS; kill++) {
    const act = async () => {
      if (kill % 2 === 0) return new Keyboard(studio.page).command('Save project archive')
      await studio.button('Export').click()
      await studio.button('Download').click()
    }
    // Cut off wherever it is, at the latest when the file is there.
    const acting = act().catch(() => undefined)
    await pause(random.integer(200, 1500))
    await killAll(profile)
    await acting
    ;({ context, studio } = await start(profile, options(baseURL, launchOptions)))
    await expect(studio.rows()).toHaveCount(before.length)
    await expect.poll(() => texts(studio)).toEqual(before)
    const [download] = await Promise.all([studio.page.waitForEvent('download'), act()])
    expect(await download.failure()).toBeNull()
    await new Keyboard(studio.page).press('Escape')
  }
  await context.close()
  lines.push(
    `| saving an archive, exporting | ${KILLS} | 0 | the project as before, the file came the next time |`,
  )
})

test('opening an archive: the project is the one before or the one of the archive', async ({
  baseURL,
  launchOptions,
}, info) => {
  const random = randomStream(SEED, 'opening')
  const profile = info.outputPath('profile')
  /** What each of two projects reads in the list, and the archive of it. */
  const projects: { texts: string; archive: string }[] = []
  for (const seed of [11, 13]) {
    const files = await demoFiles(info.outputPath(`patches-${seed}`), { ...SMALL, seed })
    const { context, studio } = await start(
      info.outputPath(`profile-${seed}`),
      options(baseURL, launchOptions),
    )
    const text = String(await judged(studio, files))
    const [download] = await Promise.all([
      studio.page.waitForEvent('download'),
      new Keyboard(studio.page).command('Save project archive'),
    ])
    const archive = info.outputPath(`${seed}.zip`)
    await download.saveAs(archive)
    projects.push({ texts: text, archive })
    await context.close()
  }
  let { context, studio } = await start(profile, options(baseURL, launchOptions))
  let current = 0
  let opened = 0
  const open = async (archive: string) => {
    await studio.choose(archive, () => new Keyboard(studio.page).command('Open project archive'))
    const question = studio.page.getByRole('alertdialog', { name: 'Open project archive' })
    await question.getByRole('button', { name: 'Replace project' }).click()
  }
  // Replacing a project asks first: there has to be one.
  await studio.drop(await demoFiles(info.outputPath('patches'), SMALL))
  await studio.importDone()
  await open(projects[0]!.archive)
  await expect.poll(async () => String(await texts(studio))).toBe(projects[0]!.texts)
  for (let kill = 0; kill < KILLS; kill++) {
    await open(projects[1 - current]!.archive)
    await pause(random.integer(0, 800))
    await killAll(profile)
    ;({ context, studio } = await start(profile, options(baseURL, launchOptions)))
    let found = -1
    await expect
      .poll(async () => {
        const read = String(await texts(studio))
        found = projects.findIndex(project => project.texts === read)
        return found
      })
      .toBeGreaterThanOrEqual(0)
    await expectWhole(studio)
    if (found !== current) opened++
    current = found
  }
  await context.close()
  lines.push(
    `| opening an archive | ${KILLS} | 0 | ${opened} times the archive was there, else the project before |`,
  )
})

test('training: the round resumes at the step reported saved, or a later one', async ({
  baseURL,
  launchOptions,
}, info) => {
  const random = randomStream(SEED, 'training')
  const profile = info.outputPath('profile')
  let { context, studio } = await start(profile, options(baseURL, launchOptions))
  await context.addInitScript(saveEachStep)
  await studio.page.reload()
  await studio.opened()
  await studio.drop(await demoFiles(info.outputPath('patches'), SMALL))
  await studio.importDone()
  await studio.engineReady()
  await studio.chooseOnly('SegFormer')
  await studio.set('Steps', 900)
  await studio.button('Start round').click()
  const steps: string[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    const known = steps.length > 0 ? Number(steps.at(-1)!.split(' ').at(-1)) : 0
    const savedStep = async () =>
      Number(/saved at step (\d+)/.exec((await studio.rounds.textContent())!)?.[1] ?? 0)
    await expect.poll(savedStep, { timeout: 300_000 }).toBeGreaterThan(known)
    await pause(random.integer(0, 3000))
    const saved = await savedStep()
    await killAll(profile)
    ;({ context, studio } = await start(profile, options(baseURL, launchOptions)))
    const offer = studio.page.getByRole('region', { name: 'Unfinished round' })
    await expect(offer).toContainText(/step \d+ of 900/)
    const step = Number(/step (\d+) of/.exec((await offer.textContent())!)![1])
    expect(step).toBeGreaterThanOrEqual(saved)
    steps.push(`${saved} -> ${step}`)
    await context.addInitScript(saveEachStep)
    await studio.page.reload()
    await studio.opened()
    const resume = studio.page
      .getByRole('region', { name: 'Unfinished round' })
      .getByRole('button', { name: 'Resume round' })
    await expect(resume).toBeEnabled({ timeout: 120_000 })
    await resume.click()
  }
  await context.close()
  lines.push(`| training | ${KILLS} | 0 | step reported saved -> found: ${steps.join(', ')} |`)
})
