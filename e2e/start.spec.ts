import { expect, test } from '@playwright/test'
import { demoFiles } from './demoFiles'
import { Keyboard } from './keyboard'
import { StudioPage } from './studioPage'

declare global {
  interface Window {
    /** Inputs for files that the studio opened. */
    opened: string[]
    /** Drawing contexts that the studio asked for, and when it was open (ms since the page began); 0: not yet. */
    contexts: string[]
    openAt: number
  }
}

test('a key pressed the moment the studio is on screen counts, though the project still opens', async ({
  page,
}) => {
  await page.addInitScript(() => {
    window.opened = []
    document.addEventListener(
      'click',
      event => {
        const { target } = event
        if (!(target instanceof HTMLInputElement) || target.type !== 'file') return
        // No person pressed the key, so that the browser would not open its chooser anyway.
        event.preventDefault()
        window.opened.push(target.dataset.testid ?? '')
      },
      { capture: true },
    )
    // Called right after React put the studio into the page, before any effect of a component and before a frame.
    const first = new MutationObserver(() => {
      if (!document.querySelector('.studio')) return
      first.disconnect()
      for (const key of ['o', 'k']) {
        const code = `Key${key.toUpperCase()}`
        const press = new KeyboardEvent('keydown', {
          key,
          code,
          ctrlKey: true,
          bubbles: true,
          cancelable: true,
        })
        document.body.dispatchEvent(press)
      }
    })
    first.observe(document, { childList: true, subtree: true })
  })
  const studio = new StudioPage(page)
  await page.goto('/')
  await expect(page.getByRole('dialog', { name: 'Find a command' })).toBeVisible()
  await expect.poll(() => page.evaluate(() => window.opened)).toEqual(['files-input'])
  await page.keyboard.press('Escape')
  await studio.opened()
})

test('an empty studio starts without drawing code and contexts; the first patch makes one', async ({
  page,
}, testInfo) => {
  await page.addInitScript(() => {
    window.contexts = []
    window.openAt = 0
    for (const canvas of [HTMLCanvasElement, OffscreenCanvas]) {
      const getContext = canvas.prototype.getContext as (...args: unknown[]) => unknown
      canvas.prototype.getContext = function (this: unknown, ...args: unknown[]) {
        const context = getContext.apply(this, args)
        if (String(args[0]).startsWith('webgl') && context) window.contexts.push(String(args[0]))
        return context
      } as never
    }
    new MutationObserver(() => {
      window.openAt ||= document.querySelector('.map-panel[aria-busy="false"]') ? performance.now() : 0
    }).observe(document, { childList: true, subtree: true, attributes: true })
  })
  const studio = new StudioPage(page)
  await studio.open()
  // It comes once the studio stands, so that the first patch needs no network.
  const fetched = () =>
    page.evaluate(() =>
      performance.getEntriesByType('resource').flatMap(({ name, startTime }) => {
        return /deckCanvas|PatchCanvas|GeoCanvas/.test(name) ? [startTime - window.openAt] : []
      }),
    )
  await expect.poll(async () => (await fetched()).length).toBeGreaterThanOrEqual(2)
  expect(Math.min(...(await fetched()))).toBeGreaterThan(0)
  expect(await page.evaluate(() => window.contexts)).toEqual([])

  const options = { seed: 11, size: 48, sourceCount: 0, targetCount: 1 }
  await studio.drop(await demoFiles(testInfo.outputPath('patches'), options))
  await studio.importDone()
  await expect.poll(() => page.evaluate(() => window.contexts)).toEqual(['webgl2'])
})

test('projects are made, opened, copied and deleted, each with its own patches, tabs and title', async ({
  page,
  context,
}, testInfo) => {
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  const dialog = (name: string) => page.getByRole('dialog', { name, exact: true })
  const opens = async (name: string) => {
    // A project is opened by a fresh page.
    await expect(page).toHaveTitle(`${name} – Scarp`, { timeout: 120_000 })
    await studio.opened()
  }
  await studio.open()
  await opens('Untitled project')
  const options = { seed: 11, size: 48, sourceCount: 0, targetCount: 2 }
  await studio.drop(await demoFiles(testInfo.outputPath('patches'), options))
  await studio.importDone()
  await studio.saved()

  await keyboard.command('New project')
  await dialog('New project').getByRole('textbox', { name: 'Name' }).fill('Kerala')
  await page.keyboard.press('Enter')
  await opens('Kerala')
  await expect(studio.rows()).toHaveCount(0)

  // Two tabs, two projects: each has its own.
  const second = new StudioPage(await context.newPage())
  await second.page.goto('/')
  await second.opened()
  await expect(second.page.getByRole('region', { name: 'Read-only' })).toContainText('open in another tab')
  await second.page.getByRole('button', { name: 'Project: Kerala' }).click()
  await second.button('Open Untitled project').click()
  await expect(second.page).toHaveTitle('Untitled project – Scarp', { timeout: 120_000 })
  await second.opened()
  await expect(second.rows()).toHaveCount(2)
  await expect(second.page.getByRole('region', { name: 'Read-only' })).toBeHidden()

  await page.getByRole('button', { name: 'Project: Kerala' }).click()
  await studio.button('Delete Untitled project').click()
  await studio.button('Delete project').click()
  await expect(page.getByText('close that tab')).toBeVisible()
  await second.page.reload()
  await second.opened()
  await expect(second.rows()).toHaveCount(2)
  await new Keyboard(second.page).command('Duplicate project')
  await expect(second.page.getByText('Copied as')).toBeVisible()
  await second.page.close()

  await page.getByRole('button', { name: 'Project: Kerala' }).click()
  await expect(dialog('Projects').getByRole('listitem')).toHaveCount(3)
  await studio.button('Open Untitled project copy').click()
  await opens('Untitled project copy')
  await expect(studio.rows()).toHaveCount(2)
  await keyboard.command('Delete project')
  await studio.button('Delete project').click()
  await opens('Untitled project')
  await expect(studio.rows()).toHaveCount(2)
})
