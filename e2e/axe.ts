import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** Axe in the page itself: by default it opens another page to put the findings of frames together, and there are none. */
export function axe(page: Page): AxeBuilder {
  return new AxeBuilder({ page }).setLegacyMode()
}

/**
 * Expects that axe finds nothing against WCAG 2.2 AA; `where` names the screen in the failure.
 *
 * @param over what lies over the page for a moment, as a selector. It may cover half of a button, whose rest axe would
 * take for a target: there the size of targets is looked at in what lies on top alone. The page has its own turn.
 */
export async function expectAccessible(page: Page, where: string, over?: string): Promise<void> {
  const whole = axe(page).withTags(['wcag2a', 'wcag2aa', 'wcag22aa'])
  const { violations } = await (over ? whole.disableRules(['target-size']) : whole).analyze()
  if (over) {
    const top = await axe(page).include(over).withRules(['target-size']).analyze()
    expect(top.passes.length + top.violations.length, `${where}: targets looked at`).toBeGreaterThan(0)
    violations.push(...top.violations)
  }
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' | ')}`)
  expect.soft(found, where).toEqual([])
}
