import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, type Locator, type Page, test } from '@playwright/test'
import { georeferencedTiles } from '../demoFiles'
import { Keyboard } from '../keyboard'
import { atRest, leaveScreen, paintOne, SCREENS } from '../screens'
import { type Screen, STAGES, type Stage } from '../screens/screen'
import { StudioPage } from '../studioPage'

/** Steps of the two rounds; few show the screens as well. */
const STEPS = Number(process.env.SCARP_PICTURE_STEPS ?? 12)
const FOLDER = resolve(import.meta.dirname, '../../test-results/pictures')
/** SCARP_PICTURES names the screens wanted, all by default. */
const wanted = process.env.SCARP_PICTURES?.split(',')
/** SCARP_PICTURE_LOOKS names theme and width wanted, "dark-1280" or "light-1920,dark-1920"; all by default. */
const looks = process.env.SCARP_PICTURE_LOOKS?.split(',')

const SIZES = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
] as const
const THEMES = ['dark', 'light'] as const

const missing: string[] = []

test('takes the pictures', async ({ page }, testInfo) => {
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
  await studio.open()
  await studio.engineReady()
  for (const stage of STAGES) {
    await test.step(stage, () => reach(stage, studio, keyboard, testInfo.outputPath()))
    for (const screen of SCREENS.filter(each => each.stage === stage)) {
      await test.step(screen.name, () => shoot(studio, keyboard, screen))
    }
  }
  expect(missing, 'Pictures that could not be taken').toEqual([])
})

/** Four pictures of one screen; one that fails is named at the end and stops no other. */
async function shoot(studio: StudioPage, keyboard: Keyboard, screen: Screen): Promise<void> {
  if (wanted && !wanted.includes(screen.name)) return
  try {
    await screen.show(studio, keyboard)
    await picture(studio.page, screen.name)
    await leaveScreen(screen, studio, keyboard)
  } catch (thrown) {
    missing.push(`${screen.name}: ${thrown instanceof Error ? thrown.message.split('\n')[0] : thrown}`)
    await studio.page.reload()
    await studio.opened()
    await studio.engineReady()
  }
}

async function picture(page: Page, name: string): Promise<void> {
  for (const size of SIZES) {
    const themes = THEMES.filter(theme => looks?.includes(`${theme}-${size.width}`) ?? true)
    if (themes.length === 0) continue
    await page.setViewportSize(size)
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme })
      await atRest(page)
      const folder = join(FOLDER, `${colorScheme}-${size.width}`)
      mkdirSync(folder, { recursive: true })
      // Chromium in software may still be drawing the map when the page is at rest.
      await page.waitForTimeout(300)
      writeFileSync(join(folder, `${name}.png`), await page.screenshot())
    }
  }
  await page.setViewportSize(SIZES[0])
  await page.emulateMedia({ colorScheme: 'dark' })
}

/** The demo with four georeferenced tiles beside it, then as an analyst would go on. */
async function reach(stage: Stage, studio: StudioPage, keyboard: Keyboard, folder: string): Promise<void> {
  const { page } = studio
  if (stage === 'patches') {
    const tiles = georeferencedTiles(folder)
    const cut = join(folder, 'event_E.tif')
    writeFileSync(cut, readFileSync(tiles[0]!).subarray(0, 40_000))
    await keyboard.command('Open demo')
    await studio.importDone()
    await studio.drop([...tiles, cut])
    await studio.importDone()
    await expect(page.getByRole('dialog', { name: 'Import report' })).toContainText('refused')
    await picture(page, 'import-report')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Not now' }).press('Enter')
  }
  if (stage === 'predicted') {
    await expect(studio.button('Run ensemble')).toBeEnabled({ timeout: 120_000 })
    await keyboard.command('Run ensemble')
    await expect(studio.share('event_D')).toHaveText(/%/, { timeout: 900_000 })
    await studio.idle()
    await paintOne(studio, keyboard, 'event_B')
    for (const name of ['event_C', 'image_1']) {
      await paintOne(studio, keyboard, name)
      await keyboard.press('a')
    }
    for (const [name, key] of [
      ['image_14', 'a'],
      ['image_15', 'r'],
      ['image_17', 'u'],
      ['event_A', 'a'],
    ] as const) {
      await keyboard.command(name)
      await studio.idle()
      await keyboard.press(key)
    }
    await page
      .getByRole('radiogroup', { name: 'Show' })
      .getByRole('radio', { name: /^Target/ })
      .press('Space')
    // Without the ring of the focus.
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
    await keyboard.command(await fullest(studio))
    await studio.idle()
  }
  if (stage === 'rounds') {
    const chosen = await fullest(studio)
    await studio.set('Steps', STEPS)
    await studio.button('Training settings').press('Enter')
    await studio.set('Micro-batch size', 2)
    for (const round of [1, 2]) {
      await studio.button('Start round').press('Enter')
      if (round === 2) {
        await expect(studio.rounds.getByText(/Training .*step [3-9]\d* of/)).toBeVisible({ timeout: 300_000 })
        await shoot(studio, keyboard, { name: 'round-running', stage, show: () => into(studio.rounds) })
      }
      await expect(studio.rounds.getByText(`Round ${round}`, { exact: true })).toBeVisible({
        timeout: 900_000,
      })
      await expect(studio.button('Start round')).toBeEnabled()
    }
    await keyboard.command(chosen)
    await studio.idle()
  }
}

const into = (element: Locator) => element.scrollIntoViewIfNeeded()

/** Name of the unreviewed target patch of which the networks map most as landslide: there is something to see. */
async function fullest(studio: StudioPage): Promise<string> {
  let best = { name: '', share: -1 }
  for (const row of await studio.rows().all()) {
    const text = (await row.textContent()) ?? ''
    if (!text.includes('Target') || /Accepted|Rejected|Unsure|Corrected|event_B/.test(text)) continue
    const share = Number.parseFloat((await row.locator('.patch-share').textContent()) ?? '')
    if (share > best.share) best = { name: (await row.locator('.patch-name').textContent()) ?? '', share }
  }
  return best.name
}
