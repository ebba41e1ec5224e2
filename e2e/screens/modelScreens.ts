import { expect, type Page, test } from '@playwright/test'
import { bigEarthNetCheckpoint, modelFolder } from '../modelFiles'
import { dialogOf, fold, type Screen, unfold } from './screen'

const IMPORTED = 'Lantau SegFormer'
const STARTER = 'Starter SegFormer tiny'

/** Of a model that comes in, is looked at and goes. */
export const modelScreens: readonly Screen[] = [
  {
    name: 'checkpoint',
    stage: 'patches',
    dialog: 'checkpoint',
    async show(studio) {
      await studio.drop([bigEarthNetCheckpoint(test.info().outputPath(), 'encoder.safetensors')])
      const question = dialogOf(studio.page, 'Add a model')
      await expect(question.getByRole('radio')).toHaveCount(4)
      await question.getByRole('radio', { name: 'Other bands' }).press('Space')
      await question.getByRole('textbox', { name: 'Band names' }).fill('B02, B13')
      await expect(question.getByText('"B13" is not a band.')).toBeVisible()
    },
  },
  {
    name: 'model-card',
    stage: 'patches',
    dialog: 'model-card',
    async show({ page }) {
      await unfold(panel(page))
      await unfold(row(page, STARTER))
      await page.getByRole('button', { name: 'Card', exact: true }).press('Enter')
      await expect(dialogOf(page, STARTER).getByRole('heading', { level: 3 })).not.toHaveCount(0)
    },
    async hide({ page }) {
      await fold(row(page, STARTER))
      await fold(panel(page))
    },
  },
  {
    name: 'remove-model',
    stage: 'patches',
    dialog: 'remove-model',
    async show({ page }) {
      const folder = modelFolder(test.info().outputPath(), 'lantau-segformer', IMPORTED)
      await page.getByTestId('folder-input').setInputFiles(folder)
      await unfold(panel(page))
      await unfold(row(page, IMPORTED))
      await askToRemove(page)
    },
    async hide({ page }) {
      await askToRemove(page)
      await dialogOf(page, REMOVAL).getByRole('button', { name: 'Remove' }).press('Enter')
      await expect(row(page, IMPORTED)).toHaveCount(0)
      await fold(panel(page))
    },
  },
]

const REMOVAL = `Remove ${IMPORTED}?`

const panel = (page: Page) => page.getByRole('button', { name: 'Models', exact: true })

const row = (page: Page, title: string | RegExp) =>
  page
    .getByRole('region', { name: 'Models', exact: true })
    .locator('.model-trigger')
    .filter({ hasText: title })

async function askToRemove(page: Page): Promise<void> {
  await page.getByRole('button', { name: `Remove ${IMPORTED}` }).press('Enter')
  await expect(dialogOf(page, REMOVAL)).toBeVisible()
}
