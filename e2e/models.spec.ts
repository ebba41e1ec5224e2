import { expect, test } from '@playwright/test'
import { expectAccessible } from './axe'
import {
  bareCheckpoint,
  bigEarthNetCheckpoint,
  brokenCheckpoint,
  encoderCheckpoint,
  keysOf,
  modelFolder,
  tensorOf,
} from './modelFiles'
import { l4sFiles } from './sharedData'
import { StudioPage } from './studioPage'

test('models come in by drop, are checked, predict, survive a reload and go', async ({ page }, testInfo) => {
  const folder = modelFolder(testInfo.outputPath(), 'lantau-segformer', 'Lantau SegFormer')
  const bare = bareCheckpoint(testInfo.outputPath(), 'from-pytorch.safetensors')
  const broken = brokenCheckpoint(testInfo.outputPath(), 'broken.safetensors')
  const studio = new StudioPage(page)
  const models = page.getByRole('region', { name: 'Models', exact: true })
  const predicting = (title: string) => models.getByRole('checkbox', { name: `Predict with ${title}` })
  await studio.open()
  await studio.engineReady()
  // One patch is enough to predict; the demo has more where the real ones are not there.
  const patch = l4sFiles([], [31])
  if (patch) await studio.drop(patch)
  else await studio.button('Open demo').click()
  await studio.importDone()

  await test.step('a broken file is refused with the reason, and nothing is lost', async () => {
    await studio.drop([broken])
    const report = page.getByRole('dialog', { name: 'Import report' })
    await expect(report).toContainText('1 file refused')
    await expect(report).toContainText('not a whole safetensors file')
    await page.keyboard.press('Escape')
  })

  await test.step('a folder goes straight into the list, and agrees with its golden outputs', async () => {
    await page.getByTestId('folder-input').setInputFiles(folder)
    await expect(models.getByText('Lantau SegFormer')).toBeVisible()
    await models.getByRole('button', { name: /^Lantau SegFormer/ }).click()
    await models.getByRole('button', { name: 'Check Lantau SegFormer' }).click()
    await expect(models.getByText(/^Agrees\. Largest difference .* on Web/)).toBeVisible({ timeout: 60_000 })
    await expect(models.getByText('Landslide4Sense training patches', { exact: false })).toBeVisible()
    await expectAccessible(page, 'details')
  })

  await test.step('a bare checkpoint is recognised, named and added', async () => {
    await studio.drop([bare])
    const dialog = page.getByRole('dialog', { name: 'Add a model' })
    await expect(dialog).toContainText('SegFormer tiny')
    await expect(dialog).toContainText('transformers')
    await expect(dialog).toContainText('ready to predict')
    await expectAccessible(page, 'dialog')
    await dialog.getByRole('textbox', { name: 'Name' }).fill('From PyTorch')
    await dialog.getByRole('button', { name: 'Add model' }).click()
    await expect(dialog).toBeHidden()
    await expect(predicting('From PyTorch')).toBeVisible()
  })

  await test.step('the same weights once more are no second model', async () => {
    await studio.drop([bare])
    await page.getByRole('dialog').getByRole('button', { name: 'Add model' }).click()
    await expect(page.getByText('already in the project as From PyTorch')).toBeVisible()
  })

  await test.step('an encoder alone starts a round and does not predict', async () => {
    await studio.drop([encoderCheckpoint(testInfo.outputPath(), 'encoder.safetensors')])
    const dialog = page.getByRole('dialog', { name: 'Add a model' })
    await expect(dialog).toContainText('train it in a round before predicting')
    await dialog.getByRole('button', { name: /Missing/ }).click()
    await expect(dialog.getByRole('region', { name: 'Missing keys' })).toContainText('decode_head.')
    await dialog.getByRole('button', { name: 'Skip' }).click()
    await expect(dialog).toBeHidden()
  })

  const starters = models.getByRole('checkbox', { name: /^Predict with Starter/ })
  await test.step('none chosen is explained; an imported one predicts', async () => {
    for (const starter of await starters.all()) await starter.press('Space')
    await expect(models.getByText('No model is selected to predict', { exact: false })).toBeVisible()
    await expect(studio.button('Run ensemble')).toBeDisabled()
    await predicting('From PyTorch').press('Space')
    await studio.button('Run ensemble').click()
    await expect(studio.share(patch ? 'image_31' : 'image_13')).toHaveText(/%/, { timeout: 120_000 })
    await studio.idle()
  })

  await test.step('PyTorch gets the keys that it knows', async () => {
    await models.getByRole('button', { name: 'Download Lantau SegFormer' }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'PyTorch weights, target' }).click(),
    ])
    const path = testInfo.outputPath(download.suggestedFilename())
    await download.saveAs(path)
    const keys = keysOf(path)
    expect(keys).toContain('decode_head.batch_norm.running_mean')
    expect(keys.filter(key => key.endsWith('_target'))).toEqual([])
  })

  await studio.saved()
  await page.reload()
  await studio.engineReady()
  await expect(predicting('Lantau SegFormer')).not.toBeChecked()
  await expect(predicting('From PyTorch')).toBeChecked()
  for (const starter of await starters.all()) await expect(starter).not.toBeChecked()
  await expectAccessible(page, 'list')

  await test.step('removed after a question, gone after a reload', async () => {
    await models.getByRole('button', { name: /^Lantau SegFormer/ }).click()
    await models.getByRole('button', { name: 'Remove Lantau SegFormer' }).click()
    const question = page.getByRole('alertdialog', { name: 'Remove Lantau SegFormer?' })
    await question.getByRole('button', { name: 'Remove' }).click()
    await expect(predicting('Lantau SegFormer')).toHaveCount(0)
    await page.reload()
    await expect(predicting('From PyTorch')).toBeChecked({ timeout: 60_000 })
    await expect(predicting('Lantau SegFormer')).toHaveCount(0)
  })
})

test('a checkpoint of other bands is adapted by the names that a person gives', async ({
  page,
}, testInfo) => {
  const checkpoint = bigEarthNetCheckpoint(testInfo.outputPath(), 'model.safetensors')
  const studio = new StudioPage(page)
  await studio.open()
  await studio.engineReady()
  await studio.drop([checkpoint])
  const dialog = page.getByRole('dialog', { name: 'Add a model' })
  const add = dialog.getByRole('button', { name: 'Add model' })
  const outcome = dialog.getByRole('status')
  const way = (name: string) => dialog.getByRole('radio', { name })

  await test.step('ten bands come in two orders: neither is chosen', async () => {
    await expect(dialog.getByRole('radio')).toHaveCount(4)
    for (const radio of await dialog.getByRole('radio').all()) await expect(radio).not.toBeChecked()
    await expect(outcome).toContainText('Nothing in the file says which bands these are')
    await expect(add).toBeDisabled()
    await expectAccessible(page, 'question')
  })

  await test.step('a wrong list says what is wrong', async () => {
    await way('Other bands').press('Space')
    const names = dialog.getByRole('textbox', { name: 'Band names' })
    for (const [list, problem] of [
      ['B02, B13', '"B13" is not a band.'],
      ['B02, B2', 'B2 is in the list of bands twice.'],
      ['B02, B03', 'The first layer takes 10 bands, but 2 are named.'],
    ] as const) {
      await names.fill(list)
      await expect(dialog.getByText(problem)).toBeVisible()
      await expect(add).toBeDisabled()
    }
    await expectAccessible(page, 'wrong')
  })

  await test.step('the mapping is said in words before it is made', async () => {
    await way('Unknown').press('Space')
    await expect(outcome).toContainText('scaled by 10/14, as timm does')
    await way('BigEarthNet v2, Sentinel-2, weights v0.1').press('Space')
    await expect(outcome).toHaveText(
      'B2 to B8, B11 and B12 keep their weights. B8A is dropped. B1, B9, B10, slope and elevation start from zero.',
    )
    await dialog.getByRole('textbox', { name: 'Name' }).fill('BigEarthNet')
    await add.click()
    await expect(dialog).toBeHidden()
  })

  await test.step('each band has the weights of its name', async () => {
    const models = page.getByRole('region', { name: 'Models', exact: true })
    await models.getByRole('button', { name: /^BigEarthNet/ }).click()
    await models.getByRole('button', { name: 'Download BigEarthNet' }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'PyTorch weights, source' }).click(),
    ])
    const path = testInfo.outputPath(download.suggestedFilename())
    await download.saveAs(path)
    const before = tensorOf(checkpoint, 'model.vision_encoder.conv1.weight')!.data
    const after = tensorOf(path, 'encoder.conv1.weight')!.data
    const kernel = (data: typeof before, band: number) => [...data.slice(band * 49, (band + 1) * 49)]
    const places = [null, 0, 1, 2, 4, 5, 6, 3, null, null, 7, 8, null, null]
    for (const [band, place] of places.entries()) {
      expect(kernel(after, band)).toEqual(place === null ? new Array(49).fill(0) : kernel(before, place))
    }
  })
})
