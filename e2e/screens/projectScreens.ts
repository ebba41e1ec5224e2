import { expect, test } from '@playwright/test'
import { madeSceneFiles } from '../sceneFiles'
import { dialogOf, type Screen } from './screen'

/** Of the project as a whole: a scene of it, its archive, and another tab that wants it. */
export const projectScreens: readonly Screen[] = [
  {
    name: 'scene-details',
    stage: 'patches',
    dialog: 'scene-details',
    // Cut off on purpose: only such a scene is asked about before it goes.
    async show(studio, keyboard) {
      const { page } = studio
      const files = await madeSceneFiles(test.info().outputPath('valley'), 1600, 600, 'valley')
      await studio.choose(files, () => keyboard.press('Control+o'))
      const question = dialogOf(page, 'Add scene')
      await expect(question.getByText('8 cells')).toBeVisible({ timeout: 120_000 })
      await expect(question.getByText('Reading the quick look')).toBeHidden({ timeout: 60_000 })
      const all = studio.patches.getByRole('radio', { name: /^All/ })
      const before = await all.textContent()
      await question.getByRole('button', { name: 'Add', exact: true }).press('Enter')
      await expect(all).not.toHaveText(before!, { timeout: 60_000 })
      await keyboard.press('Escape')
      await expect(page.getByRole('region', { name: 'Scene not whole' })).toBeVisible({ timeout: 60_000 })
      // Whichever cell came first.
      await keyboard.press('Control+k')
      await page.keyboard.type('valley r')
      const found = page.getByRole('listbox', { name: 'Found' }).getByRole('option', { selected: true })
      await expect(found).toContainText(/^valley r\d+c\d+/)
      await keyboard.press('Enter')
      await studio.idle()
      await keyboard.command('Scene details')
      await expect(dialogOf(page, 'Scene details').getByRole('table', { name: 'Bands' })).toBeVisible()
    },
  },
  {
    name: 'remove-scene',
    stage: 'patches',
    dialog: 'remove-scene',
    async show({ page }) {
      const strip = page.getByRole('region', { name: 'Scene not whole' })
      await strip.getByRole('button', { name: 'Remove scene' }).press('Enter')
      await expect(dialogOf(page, 'Remove this scene?')).toBeVisible()
    },
    async hide({ page }) {
      const strip = page.getByRole('region', { name: 'Scene not whole' })
      await strip.getByRole('button', { name: 'Remove scene' }).press('Enter')
      await dialogOf(page, 'Remove this scene?').getByRole('button', { name: 'Remove scene' }).press('Enter')
      await expect(strip).toBeHidden()
    },
  },
  {
    name: 'open-archive',
    stage: 'patches',
    dialog: 'open-archive',
    async show(studio, keyboard) {
      const { page } = studio
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        keyboard.command('Save project archive'),
      ])
      const archive = test.info().outputPath('project.zip')
      await download.saveAs(archive)
      await studio.choose(archive, () => keyboard.command('Open project archive'))
      await expect(dialogOf(page, 'Open project archive')).toBeVisible()
    },
  },
  {
    name: 'take-over',
    stage: 'patches',
    dialog: 'take-over',
    async show({ page }) {
      const other = await page.context().newPage()
      await other.goto('/')
      await other
        .getByRole('region', { name: 'Read-only' })
        .getByRole('button', { name: 'Take over here' })
        .click()
      await expect(dialogOf(page, 'Another tab asks to take over')).toBeVisible()
    },
    async hide({ page }) {
      const others = page.context().pages()
      for (const other of others) if (other !== page) await other.close()
    },
  },
]
