import { expect, type Page } from '@playwright/test'

/** A small laptop; a phone, which is what 400 % zoom makes of 1280 x 1024 (WCAG 2.2, 1.4.10). CSS pixels. */
const SIZES = [
  { width: 1024, height: 768 },
  { width: 320, height: 640 },
]

const FULL = { width: 1280, height: 800 }

/**
 * Expects that in narrow windows nothing that can be pressed is cut off at a side, and that nothing but a table or the
 * image has to be scrolled both ways. The window is left at its usual size.
 */
export async function expectReflow(page: Page, where: string): Promise<void> {
  for (const size of SIZES) {
    await page.setViewportSize(size)
    // Columns become drawers, and sizes follow their observers, within some frames.
    await expect
      .poll(() => page.evaluate(lost), { message: `${where}, ${size.width} wide`, timeout: 5000 })
      .toEqual([])
  }
  await page.setViewportSize(FULL)
}

/** What is on screen and cannot be reached without scrolling sideways: controls, by what they are. */
function lost(): string[] {
  const WIDE = 'table, [role=grid], [role=table], [role=img], canvas, .map-stage'
  const found: string[] = []
  const controls = 'button, a[href], input, select, textarea, [role=slider], [role=option], [role=menuitem]'
  const name = (element: Element) =>
    element.getAttribute('aria-label') ?? element.textContent?.trim().slice(0, 30) ?? element.className
  if (document.documentElement.scrollWidth > innerWidth + 1) found.push('the page scrolls sideways')
  for (const control of document.querySelectorAll(controls)) {
    // Inputs of react-aria are hidden beside what is drawn for them.
    if (
      !control.checkVisibility({ visibilityProperty: true }) ||
      control.closest('.visually-hidden, [aria-hidden=true]')
    )
      continue
    const box = control.getBoundingClientRect()
    if (box.width < 2 || box.height < 2 || control.closest(WIDE)) continue
    let [left, right] = [0, innerWidth]
    for (let around = control.parentElement; around; around = around.parentElement) {
      const style = getComputedStyle(around)
      if (style.overflowX === 'visible') continue
      const edge = around.getBoundingClientRect()
      left = Math.max(left, edge.left)
      right = Math.min(right, edge.right)
    }
    // What react-aria keeps for screen readers lies in a box of one pixel.
    const hidden = control instanceof HTMLInputElement || (control as HTMLElement).tabIndex < 0
    if (hidden && right - left < 2) continue
    if (box.left < left - 1 || box.right > right + 1) found.push(`${name(control)} is cut off`)
  }
  return found
}
