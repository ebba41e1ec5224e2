import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type Download, expect, type Locator, type Page, type Worker } from '@playwright/test'

declare global {
  interface Window {
    longTasks: { start: number; duration: number }[]
    policyViolations: string[]
  }
}

/** The studio as a person meets it: by regions, buttons and what they read. */
export class StudioPage {
  readonly patches: Locator
  readonly map: Locator
  readonly layers: Locator
  readonly review: Locator
  readonly rounds: Locator

  constructor(readonly page: Page) {
    const region = (name: string) => page.getByRole('region', { name, exact: true })
    this.patches = region('Patches')
    this.map = region('Map')
    this.layers = region('Layers')
    this.review = region('Review')
    this.rounds = region('Rounds')
  }

  async open(): Promise<void> {
    // While anybody listens, Chromium hands its file choosers to the test. Asked for only as a chooser is about to open,
    // that may reach the page after the key does, and a headless browser closes the chooser unseen.
    this.page.on('filechooser', () => undefined)
    await this.page.addInitScript(() => {
      window.longTasks = []
      window.policyViolations = []
      new PerformanceObserver(list => {
        for (const entry of list.getEntries()) {
          window.longTasks.push({ start: entry.startTime, duration: entry.duration })
        }
      }).observe({ type: 'longtask', buffered: true })
      document.addEventListener('securitypolicyviolation', event => {
        window.policyViolations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}`)
      })
    })
    await this.page.goto('/')
    await this.opened()
  }

  /** The project, empty or not, is on screen. */
  async opened(): Promise<void> {
    await expect(this.map).toHaveAttribute('aria-busy', 'false', { timeout: 60_000 })
  }

  /** The files worker and the engine worker, as far as they run; not those that they start themselves. */
  workers(): Worker[] {
    return this.page.workers().filter(worker => /#(files|engine)$/.test(worker.url()))
  }

  /** The worker in which the files worker decodes. */
  decoders(): Worker[] {
    return this.page.workers().filter(worker => worker.url().endsWith('#decoding'))
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  get engineBadge(): Locator {
    return this.page.getByRole('button', { name: /^Engine:/ })
  }

  async engineReady(): Promise<void> {
    await expect(this.engineBadge).toHaveAccessibleName(/WebGPU|WebAssembly/, { timeout: 120_000 })
  }

  rows(): Locator {
    return this.patches.getByRole('option')
  }

  row(name: string): Locator {
    return this.rows().filter({ has: this.page.getByText(name, { exact: true }) })
  }

  /** A real drop: files with their bytes in a DataTransfer, on the middle of the window. */
  async drop(files: readonly string[]): Promise<void> {
    const transfer = await this.page.evaluateHandle(() => new DataTransfer())
    for (const file of files) {
      const content = readFileSync(file).toString('base64')
      await transfer.evaluate(
        async (target, { name, bytes }) => {
          const blob = Uint8Array.from(atob(bytes), letter => letter.charCodeAt(0))
          target.items.add(new File([blob], name))
        },
        { name: basename(file), bytes: content },
      )
    }
    await this.page.dispatchEvent('body', 'dragover', { dataTransfer: transfer })
    await this.page.dispatchEvent('body', 'drop', { dataTransfer: transfer })
  }

  /** Gives files to the chooser that `act` opens. */
  async choose(files: string | readonly string[], act: () => Promise<unknown>): Promise<void> {
    const [chooser] = await Promise.all([this.page.waitForEvent('filechooser'), act()])
    await chooser.setFiles(files)
  }

  async importDone(): Promise<void> {
    await expect(this.rows().first()).toBeVisible({ timeout: 240_000 })
    await this.idle()
  }

  /** No job but a round is under way, and the patch on screen is loaded. */
  async idle(): Promise<void> {
    await expect(
      this.page.getByRole('progressbar', { name: /Reading|Running|Exporting|Processing/ }),
    ).toHaveCount(0, {
      timeout: 600_000,
    })
    await expect(this.map).toHaveAttribute('aria-busy', 'false')
  }

  async saved(): Promise<void> {
    await expect(this.page.getByText('Saved on this machine')).toBeVisible()
  }

  /** Unticks every other family of networks that the next round would train. */
  async chooseOnly(family: string): Promise<void> {
    await this.button('Models').press('Enter')
    for (const other of ['SegFormer', 'Swin + U-Net', 'EffNetV2 + U-Net']) {
      if (other === family) continue
      await this.page.getByRole('checkbox', { name: other, exact: true }).press('Space')
    }
    await this.button('Models').press('Enter')
  }

  async set(label: string, value: number): Promise<void> {
    const field = this.rounds.getByRole('textbox', { name: label, exact: true })
    await field.fill(String(value))
    await field.press('Tab')
    await expect(field).toHaveValue(String(value))
  }

  /** A stroke of the current tool, in shares of the view's width and height. */
  async stroke(from: [number, number], to: [number, number], view = 'map-canvas'): Promise<void> {
    const box = await this.page.getByTestId(view).boundingBox()
    if (!box) throw new Error('The map is not on screen.')
    const at = ([x, y]: [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const
    await this.page.mouse.move(...at(from))
    await this.page.mouse.down()
    await this.page.mouse.move(...at(to), { steps: 12 })
    await this.page.mouse.up()
  }

  /** Share of landslide in the mask of a row, as the list says it. */
  share(name: string): Locator {
    return this.row(name).getByTitle('Share of landslide in the mask as shown')
  }

  /** What `share` reads now; empty where nothing was predicted or painted yet. */
  async shareText(name: string): Promise<string> {
    const share = this.share(name)
    return (await share.count()) > 0 ? ((await share.textContent()) ?? '') : ''
  }

  /** Its mask as GeoTIFF. */
  async exportThisPatch(): Promise<Download> {
    await this.button('Export').click()
    await this.page.getByRole('radio', { name: 'Masks as GeoTIFF' }).check({ force: true })
    await this.page.getByRole('radio', { name: 'This patch' }).check({ force: true })
    const [download] = await Promise.all([
      this.page.waitForEvent('download'),
      this.button('Download').click(),
    ])
    await this.button('Close').click()
    return download
  }

  /** Longest main-thread tasks since the last call, milliseconds, longest first. */
  async longTasks(): Promise<number[]> {
    return this.page.evaluate(() => {
      const durations = window.longTasks.map(task => Math.round(task.duration))
      window.longTasks = []
      return durations.sort((a, b) => b - a)
    })
  }

  policyViolations(): Promise<string[]> {
    return this.page.evaluate(() => window.policyViolations)
  }
}
