import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

const WCAG = ['wcag2a', 'wcag2aa', 'wcag22aa']

/** What a change of theme may break; and what a change of width may break besides. */
const COLOURS = ['color-contrast']
const LAYOUT = ['target-size', 'scrollable-region-focusable']

/** Expects that axe finds nothing against WCAG 2.2 AA; `where` names the screen in the failure. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  await new ScreenAxe(page).expectAccessible(where, 'once')
}

type Violations = Awaited<ReturnType<AxeBuilder['analyze']>>['violations']

function expectNone(violations: Violations, where: string): void {
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(node => `${node.html} (${node.failureSummary})`).join(' | ')}`,
  )
  expect.soft(found, where).toEqual([])
}

/**
 * Axe on one screen after another, in several themes and widths. What made that slow is left out: its source is read by
 * a page once and not twice for every look, what passed is not reported, and a block of the page that was looked at just
 * as it is, by the same rules at the same place, is not looked at again.
 */
export class ScreenAxe {
  private readonly seen = new Set<string>()

  constructor(private readonly page: Page) {}

  /**
   * @param situation theme and width
   * @param over what lies over the page for a moment, as a selector: it alone is looked at. The page behind it, of which
   * it may cover half of a button, has its own turn.
   */
  async expectAccessible(where: string, situation: string, over?: string): Promise<void> {
    await this.look(where, `all/${situation}`, over, { type: 'tag', values: WCAG })
  }

  /** Of a screen that passed: what may differ in another theme or, with `layout`, at another width. */
  async expectStillAccessible(
    where: string,
    situation: string,
    { layout, over }: { layout: boolean; over: string | undefined },
  ): Promise<void> {
    const values = layout ? [...COLOURS, ...LAYOUT] : COLOURS
    await this.look(where, `${layout}/${situation}`, over, { type: 'rule', values })
  }

  private async look(
    where: string,
    situation: string,
    over: string | undefined,
    runOnly: { type: 'tag' | 'rule'; values: string[] },
  ): Promise<void> {
    // A page that was loaded again has lost it. Looked at in the page itself: by default axe opens another page to put the
    // findings of frames together, and there are none.
    if (!(await this.page.evaluate(() => 'axe' in window))) {
      await new AxeBuilder({ page: this.page }).setLegacyMode().withRules(['document-title']).analyze()
    }
    await this.page.evaluate(settled)
    const exclude: string[] = []
    if (!over) {
      for (const [index, block] of (await this.page.evaluate(markBlocks)).entries()) {
        const key = `${situation}/${block}`
        if (this.seen.has(key)) exclude.push(`[data-block="${index}"]`)
        this.seen.add(key)
      }
    }
    const violations = await this.page.evaluate(
      async ([include, blocks, rules]) => {
        const { axe } = window as unknown as {
          axe: { run(...given: unknown[]): Promise<{ violations: [] }> }
        }
        const within = { include: [include], exclude: blocks }
        return (await axe.run(within, { runOnly: rules, resultTypes: ['violations'] })).violations
      },
      [over ?? 'html', exclude, runOnly] as const,
    )
    expectNone(violations, where)
  }
}

/** Waits for what a change of theme or of screen set moving: halfway, a colour has neither theme's contrast. Spinners turn on. */
async function settled(): Promise<void> {
  const ending = document
    .getAnimations()
    .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
  await Promise.allSettled(ending.map(({ finished }) => finished))
}

/** Numbers the outermost blocks and describes each: what it holds, without ids that are new each time, and where it is. */
function markBlocks(): string[] {
  const BLOCKS = 'header, section[aria-label]'
  for (const block of document.querySelectorAll('[data-block]')) block.removeAttribute('data-block')
  const blocks = [...document.querySelectorAll(BLOCKS)].filter(block => !block.parentElement?.closest(BLOCKS))
  return blocks.map((block, index) => {
    const { x, y, width, height } = block.getBoundingClientRect()
    block.setAttribute('data-block', String(index))
    const content = block.innerHTML.replace(/react-aria[\w:«»-]*|[:«]r\w+[:»]/g, '')
    return [block.className, x, y, width, height, content].join('/')
  })
}
