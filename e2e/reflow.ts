import { expect, type Page } from '@playwright/test'

/** The window that everything is made for. CSS pixels, as all here. */
export const FULL = { width: 1280, height: 800 }

/**
 * Narrower ones: a small laptop; what 200 % zoom makes of the full one; a phone, which is what 400 % makes of 1280 x 1024
 * (WCAG 2.2, 1.4.4 and 1.4.10).
 */
export const SMALL_LAPTOP = { width: 1024, height: 768 }
export const ZOOMED = { width: 640, height: 400 }
export const PHONE = { width: 320, height: 640 }

/** Expects that nothing that can be pressed is cut off, and that only tables, charts and the image scroll sideways. */
export async function expectReflow(page: Page, where: string): Promise<void> {
  // Columns become drawers, and sizes follow their observers, within some frames.
  await expect.soft.poll(() => page.evaluate(lost), { message: where }).toEqual([])
}

/** Controls that no scrolling, or only scrolling sideways, brings into view, by what they are. */
function lost(): string[] {
  const WIDE = 'table, [role=grid], [role=table], [role=img], canvas, .map-stage, .band-plot'
  const CONTROLS = 'button, a[href], input, select, textarea, [role=slider], [role=option], [role=menuitem]'
  const found: string[] = []
  if (document.documentElement.scrollWidth > innerWidth + 1) found.push('the page scrolls sideways')
  for (const control of document.querySelectorAll<HTMLElement>(CONTROLS)) {
    // Inputs of react-aria are hidden beside what is drawn for them.
    if (!control.checkVisibility({ visibilityProperty: true })) continue
    if (control.closest(`.visually-hidden, [aria-hidden=true], [inert], ${WIDE}`)) continue
    const { left, right, top, bottom, width, height } = control.getBoundingClientRect()
    if (width < 2 || height < 2) continue
    const seen = { left: 0, right: innerWidth }
    let upright = { top, bottom }
    let outside = false
    const part = Math.min(8, height / 2)
    const misses = (edge: { top: number; bottom: number }) =>
      upright.top > edge.bottom - part || upright.bottom < edge.top + part
    for (let around = control.parentElement; around; around = around.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(around)
      const edge = around.getBoundingClientRect()
      if (overflowX !== 'visible') {
        seen.left = Math.max(seen.left, edge.left)
        seen.right = Math.min(seen.right, edge.right)
      }
      if (overflowY === 'auto' || overflowY === 'scroll') {
        // What it can bring into its own box is as good as there, unless nothing fits into that.
        outside ||= edge.height < Math.min(height, 24)
        upright = edge
      } else if (overflowY !== 'visible') outside ||= misses(edge)
    }
    // The page itself may scroll down.
    outside ||= misses({ top: -scrollY, bottom: document.documentElement.scrollHeight - scrollY })
    // What react-aria keeps for screen readers lies in a box of one pixel.
    const hidden = control instanceof HTMLInputElement || control.tabIndex < 0
    if (hidden && seen.right - seen.left < 2) continue
    const name = control.getAttribute('aria-label') ?? control.textContent?.trim().slice(0, 30)
    if (left < seen.left - 1 || right > seen.right + 1) found.push(`${name} is cut off at a side`)
    else if (outside) found.push(`${name} is out of reach`)
  }
  return found
}
