import { readFileSync, writeFileSync } from 'node:fs'
import { expect, type Page, test } from '@playwright/test'
import { expectAccessible } from './axe'
import { Keyboard } from './keyboard'
import { expectReflow, FULL, PHONE } from './reflow'
import { FIRST, openSmall, paint } from './smallProject'
import { StudioPage } from './studioPage'

test('an archive that is cut off is refused with the reason and nothing is lost; the whole one comes back', async ({
  page,
}, testInfo) => {
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  await openSmall(studio, testInfo.outputPath('patches'))
  await studio.button('Brush').click()
  const painted = await paint(studio, FIRST, 0.4)
  await studio.saved()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    keyboard.command('Save project archive'),
  ])
  const whole = testInfo.outputPath('project.zip')
  await download.saveAs(whole)
  const bytes = readFileSync(whole)
  const cut = testInfo.outputPath('cut.zip')
  writeFileSync(cut, bytes.subarray(0, Math.floor(bytes.length * 0.6)))
  const choose = (archive: string) => studio.choose(archive, () => keyboard.command('Open project archive'))
  await choose(cut)
  await expect(page.getByText(/is cut off or damaged/).first()).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(studio.share(FIRST)).toHaveText(painted)

  const later = await paint(studio, FIRST, 0.7)
  await studio.saved()
  await choose(whole)
  const question = page.getByRole('alertdialog', { name: 'Open project archive' })
  await expect(question).toContainText('4 patches, 0 verdicts, 1 steps, 0 rounds')
  await expect(question).toContainText('2 strokes')
  await expectAccessible(page, 'open archive')
  await question.getByRole('button', { name: 'Cancel' }).click()
  await expect(studio.share(FIRST)).toHaveText(later)

  await choose(whole)
  await question.getByRole('button', { name: 'Replace project' }).click()
  await expect(studio.share(FIRST)).toHaveText(painted)
  await expect(studio.rows()).toHaveCount(4)
  // Its history came with it, and only its own.
  await studio.button('Undo').click()
  await expect(studio.share(FIRST)).not.toHaveText(painted)
  await expect(studio.button('Undo')).toBeDisabled()
})

/** Changes the last record of a store behind the back of the studio. */
async function damage(page: Page, store: string, change: object): Promise<void> {
  await page.evaluate(
    async ([name, fields]) => {
      const done = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result)
          request.onerror = () => reject(request.error)
        })
      const open = await done(indexedDB.open('scarp'))
      const records = open.transaction(name, 'readwrite').objectStore(name)
      const last = (await done(records.getAll())).at(-1)
      await done(records.put({ ...last, ...fields }))
      open.close()
    },
    [store, change] as const,
  )
}

test('a damaged record is named, saved as it is and set aside by keyboard; another project can be started', async ({
  page,
}, testInfo) => {
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  await openSmall(studio, testInfo.outputPath('patches'))
  await studio.button('Brush').click()
  await paint(studio, FIRST, 0.4)
  await studio.button('Accept').click()
  await expect(studio.row(FIRST)).toContainText('Corrected')
  await studio.saved()
  await damage(page, 'patches', { statistics: 'none' })
  await damage(page, 'history', { verdictAfter: 7 })
  await page.reload()
  const heading = page.getByRole('heading', { name: 'The project could not be opened' })
  await expect(heading).toBeFocused()
  await expect(page.getByRole('listitem')).toHaveText(['1 patch (image_4)', 'The verdicts of 1 patch'])
  for (const [theme, viewport] of [
    ['dark', FULL],
    ['light', PHONE],
  ] as const) {
    await page.evaluate(name => {
      document.documentElement.dataset.theme = name
    }, theme)
    await page.setViewportSize(viewport)
    await expectAccessible(page, `rescue, ${theme}`)
    await expectReflow(page, `rescue, ${theme}`)
  }
  await page.setViewportSize(FULL)

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    keyboard.activate(studio.button('Save what is stored')),
  ])
  expect(download.suggestedFilename()).toBe('Untitled project-stored.zip')
  await expect(page.getByText('Saved.')).toBeVisible()

  await keyboard.activate(studio.button('Start another project'))
  await studio.opened()
  await expect(studio.rows()).toHaveCount(0)
  // The damaged one is still among the projects, and its screen leads back to this one.
  await keyboard.command('Projects')
  const damaged = page.getByRole('listitem').filter({ hasText: '4 patches' })
  await damaged.getByRole('button', { name: 'Open Untitled project' }).press('Enter')
  await expect(heading).toBeFocused()
  await expect(studio.button('Open Untitled project')).toBeVisible()

  await keyboard.activate(studio.button('Open without it'))
  await studio.opened()
  await expect(studio.rows()).toHaveCount(3)
  await page.reload()
  await studio.opened()
  await expect(studio.rows()).toHaveCount(3)
})
