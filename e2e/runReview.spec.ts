import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'
import { expectAccessible } from './axe'
import { demoFiles, georeferencedTiles } from './demoFiles'
import { Keyboard } from './keyboard'
import { StudioPage } from './studioPage'

const root = resolve(import.meta.dirname, '..')

/** The command line, as an administrator starts it. @returns what it said */
async function scarp(...words: string[]): Promise<string> {
  const run = promisify(execFile)
  const { stdout, stderr } = await run(process.execPath, [join(root, 'src/cli/scarp.mjs'), ...words])
  return stdout + stderr
}

test('what a cluster predicted is reviewed in the studio, and its next round learns from that', async ({
  page,
}, testInfo) => {
  const place = (name: string) => testInfo.outputPath(name)
  const [run, sent, judged, next] = ['run', 'sent.scarp.zip', 'judged.scarp.zip', 'next'].map(place) as [
    string,
    string,
    string,
    string,
  ]

  await test.step('a run is predicted and drawn from', async () => {
    mkdirSync(place('models'))
    cpSync(join(root, 'models/starter-segformer'), place('models/starter-segformer'), { recursive: true })
    georeferencedTiles(place('event'))
    await scarp('plan', place('event'), '--models', place('models'), '--shards', '1', '--out', run)
    await scarp('statistics', '--run', run, '--shard', '0')
    await scarp('statistics', '--run', run, '--merge')
    await scarp('predict', '--run', run, '--shard', '0', '--backend', 'wasm')
    expect(await scarp('archive', '--run', run, '--out', sent, '--cells', '9')).toContain('4 pieces')
  })

  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  const [first, second, third, fourth] = ['A', 'B', 'C', 'D'].map(letter => `event_${letter}-1`) as [
    string,
    string,
    string,
    string,
  ]

  await test.step('the archive opens with its maps, ready for review', async () => {
    await studio.open()
    await studio.choose(sent, () => keyboard.command('Open project archive'))
    const question = page.getByRole('dialog', { name: 'Open project archive' })
    await expect(question).toContainText(/Run [0-9a-f]{8}, round 1.*4 patches, 0 verdicts/)
    await question.getByRole('button', { name: 'Open', exact: true }).click()
    await expect(studio.rows()).toHaveCount(4)
    await studio.idle()
    for (const name of [first, second, third, fourth]) {
      await expect(studio.row(name)).toBeVisible()
    }
    // The mask of the run, without a network in the tab.
    await expect(studio.share(first)).not.toHaveText('0 %')
    await expect(studio.patches).toContainText('0 of 4 reviewed')
    await studio.row(first).click()
    await studio.idle()
    await page.screenshot({ path: place('opened.png') })
    await expectAccessible(page, 'archive of a run')
  })

  await test.step('one piece is accepted, one painted and accepted, one rejected', async () => {
    await studio.button('Accept').click()
    await expect(studio.row(first)).toContainText('Accepted')
    await studio.row(second).click()
    await studio.idle()
    await studio.button('Brush').click()
    await studio.stroke([0.4, 0.4], [0.6, 0.4])
    await studio.button('Accept').click()
    await expect(studio.row(second)).toContainText('Corrected')
    await studio.row(third).click()
    await studio.idle()
    await page.screenshot({ path: place('judged.png') })
    await studio.button('Reject').click()
    await expect(studio.row(third)).toContainText('Rejected')
    await expect(studio.patches).toContainText('3 of 4 reviewed')
    await studio.saved()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      keyboard.command('Save project archive'),
    ])
    await download.saveAs(judged)
  })

  await test.step('the next round of the run takes the verdicts', async () => {
    await demoFiles(place('source'), { seed: 12, size: 32, sourceCount: 4, targetCount: 0 })
    const said = await scarp(
      ...['refine', '--run', run, '--verdicts', judged, '--source', place('source'), '--out', next],
      ...['--steps', '1', '--micro-batch', '1', '--accumulate', '1', '--crop', '32', '--cells', '4'],
    )
    expect(said).toContain('3 verdicts of 4 pieces')
    const { round, cells, reviewed } = JSON.parse(readFileSync(join(next, 'report.json'), 'utf8'))
    expect([cells, reviewed, round.verdictIds.length]).toEqual([4, 3, 3])
    expect(round.notes.join()).toContain('Target patches: 2 reviewed, 1 pseudo-labelled, 1 rejected')
    expect(JSON.parse(readFileSync(join(next, 'manifest.json'), 'utf8'))).toMatchObject({ round: 2 })
  })
})
