import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { type GdalInfo, gdalInfo } from './gdalInfo'
import { l4sFiles } from './sharedData'
import { StudioPage } from './studioPage'

/** Few, since a software adapter computes; more show more of a falling loss. */
const STEPS = Number(process.env.SCARP_E2E_STEPS ?? 8)

test('the whole loop: drop, predict, accept, correct, undo, learn, export, reload', async ({
  page,
}, testInfo) => {
  const studio = new StudioPage(page)
  await studio.open()
  await studio.engineReady()
  const startUp = await studio.longTasks()

  const files = l4sFiles([1, 2, 16, 38, 40, 41], [31, 37])
  if (files) await studio.drop(files)
  else await studio.button('Open demo').click()
  await studio.importDone()
  testInfo.annotations.push({ type: 'data', description: files ? 'real patches' : 'generated demo' })
  const names = files ? ['image_31', 'image_37'] : ['image_13', 'image_14']
  const [first, second] = names as [string, string]
  await studio.row(first).click()
  await studio.idle()
  const importing = await studio.longTasks()

  await studio.set('Steps', STEPS)
  await studio.button('Training settings').click()
  await studio.set('Micro-batch size', 2)
  await studio.set('Gradient accumulation', 1)
  // A build without starter models makes its first networks itself; the loop is the same from there.
  const starters = await studio.button('Run ensemble').isEnabled()
  if (!starters) await learn(studio, 1)
  const round = starters ? 1 : 2

  await expect(studio.button('Run ensemble')).toBeEnabled()
  await studio.button('Run ensemble').click()
  await expect(studio.share(first)).toHaveText(/%/, { timeout: 600_000 })
  await studio.idle()
  const predicting = await studio.longTasks()

  await studio.button('Accept').click()
  await expect(studio.row(first)).toContainText('Accepted')
  await expect(studio.row(second)).toHaveAttribute('aria-selected', 'true')

  await studio.idle()
  const before = await studio.share(second).textContent()
  await studio.button('Brush').click()
  for (let press = 0; press < 6; press++) await page.keyboard.press(']')
  await studio.stroke([0.4, 0.4], [0.6, 0.6])
  await expect(studio.share(second)).not.toHaveText(before ?? '')
  const painted = await studio.share(second).textContent()
  await page.keyboard.press('Control+z')
  await expect(studio.share(second)).toHaveText(before ?? '')
  await page.keyboard.press('Control+Shift+z')
  await expect(studio.share(second)).toHaveText(painted ?? '')
  await studio.button('Accept').click()
  await expect(studio.row(second)).toContainText('Corrected')
  await studio.saved()
  const reviewing = await studio.longTasks()

  await learn(studio, round)
  const training = await studio.longTasks()
  await expect(studio.rounds).toContainText(/WebGPU on /)

  const loss = await studio.rounds
    .getByRole('img', { name: /^Loss / })
    .first()
    .getAttribute('aria-label')
  const falls = [...(loss ?? '').matchAll(/from ([\d.]+) to ([\d.]+)/g)].map(match =>
    match.slice(1).map(Number),
  )
  expect(falls).toHaveLength(3)
  // One network's eight noisy steps on the hardest pixels may end higher than they began; the three together fall.
  const total = (at: 0 | 1) => falls.reduce((sum, pair) => sum + pair[at]!, 0)
  expect(total(1)).toBeLessThan(total(0))
  console.log(`loss: ${falls.map(([begin, end]) => `${begin} -> ${end}`).join(', ')}`)

  await studio.row(second).click()
  await studio.idle()
  const info = await exported(studio, testInfo.outputPath('judged'))
  if (info) {
    expect(info.size).toEqual([128, 128])
    expect(info.bands[0]).toMatchObject({ type: 'Byte', noDataValue: 255, colorInterpretation: 'Palette' })
    expect(info.coordinateSystem?.wkt ?? '').toBe('')
    // What made the mask that was judged, and not what was trained and predicted since.
    expect(info.metadata['']).toMatchObject({ SCARP_MASK: 'corrected', SCARP_VERDICT: 'corrected' })
    expect(Number(info.metadata[''].SCARP_THRESHOLD)).toBeGreaterThan(0)
    if (starters) {
      expect(info.metadata[''].SCARP_ROUND).toBe('none')
      expect(info.metadata[''].SCARP_MODELS).toMatch(/^starter-\S+ starter-\S+ starter-\S+$/)
      expect(info.metadata[''].SCARP_WEIGHTS).toMatch(/^starter-[a-z0-9-]+=[0-9a-f]{64} /)
    }
  }

  await page.reload()
  await expect(studio.row(second)).toContainText('Corrected')
  await expect(studio.row(second)).toHaveAttribute('aria-selected', 'true')
  await expect(studio.share(second)).toHaveText(painted ?? '')
  await expect(studio.row(first)).toContainText('Accepted')
  await expect(studio.rounds.getByText(`Round ${round}`, { exact: true })).toBeVisible()
  await page.keyboard.press('Control+z')
  await expect(studio.row(second)).not.toContainText('Corrected')
  const unjudged = await exported(studio, testInfo.outputPath('unjudged'))
  if (unjudged) {
    expect(unjudged.metadata['']).toMatchObject({ SCARP_MASK: 'painted, not judged', SCARP_VERDICT: 'none' })
  }

  const longest = { startUp, importing, predicting, reviewing, training }
  for (const [phase, durations] of Object.entries(longest)) {
    console.log(
      `longest main-thread task, ${phase}: ${durations[0] ?? '<50'} ms (${durations.length} over 50 ms)`,
    )
  }
})

/** The patch on screen, as GDAL reads what is exported of it; null without GDAL. */
async function exported(studio: StudioPage, folder: string): Promise<GdalInfo | null> {
  const download = await studio.exportThisPatch()
  const path = join(folder, download.suggestedFilename())
  await download.saveAs(path)
  return gdalInfo(path)
}

/** Starts a round and waits for its record; what trains is on the badge meanwhile. */
async function learn(studio: StudioPage, round: number): Promise<void> {
  await studio.button('Start round').click()
  await expect(studio.engineBadge).toHaveAccessibleName(
    process.env.SCARP_HARDWARE_GPU ? /WebGPU/ : /WebGPU \(software\)/,
  )
  await expect(studio.rounds.getByText(`Round ${round}`, { exact: true })).toBeVisible({ timeout: 900_000 })
}

/** Milliseconds from the next click until the page shows its answer, by the page's own clock. */
function answerTime(): Promise<number> {
  return new Promise(resolve => {
    document.addEventListener(
      'click',
      click => {
        const look = () => {
          if (!/Cancelling…|Start round/.test(document.body.innerText)) return
          watch.disconnect()
          resolve(performance.now() - click.timeStamp)
        }
        const watch = new MutationObserver(look)
        watch.observe(document, { childList: true, subtree: true, characterData: true })
      },
      { capture: true, once: true },
    )
  })
}

test('cancel answers within a second, and what was there stays', async ({ page }) => {
  const studio = new StudioPage(page)
  await studio.open()
  await studio.engineReady()
  await studio.button('Open demo').click()
  await studio.importDone()
  const rows = await studio.rows().count()
  await studio.button('Start round').click()
  // In the middle of the work, not before it: the curve has its first step.
  await expect(studio.rounds.getByText(/Training .*step [1-9]\d* of/)).toBeVisible({ timeout: 300_000 })
  // It leaves the screen by itself after a while.
  const said = expect(page.getByText('Round cancelled.')).toBeVisible({ timeout: 600_000 })
  const begin = Date.now()
  await studio.button('Cancel round').click()
  const question = page.getByRole('alertdialog', { name: 'Cancel this round?' })
  const answered = page.evaluate(answerTime)
  await question.getByRole('button', { name: 'Cancel round' }).click()
  const answer = await answered
  console.log(`cancel answered after ${Math.round(answer)} ms`)
  expect(answer).toBeLessThan(1000)
  await said
  await expect(studio.button('Start round')).toBeEnabled({ timeout: 600_000 })
  console.log(`the engine was free again after ${Date.now() - begin} ms`)
  await expect(studio.rows()).toHaveCount(rows)
})
