import type { Studio } from '../studio'
import {
  COLUMN_LIMITS,
  type Column,
  type Dialog,
  type FileRequest,
  MOST_RECENT,
  type ShellSlice,
  shellPreferences,
  type Theme,
} from './slice'

type Holder = Pick<Studio, 'store'>

function set({ store }: Holder, change: Partial<ShellSlice>): void {
  store.change({ shell: shellPreferences.sound(change) })
}

/** Opens a dialog instead of the one that is open, if any. */
export function openDialog(studio: Holder, dialog: NonNullable<Dialog>): void {
  set(studio, { dialog })
}

/** @param only closes this one alone; by default whichever is open */
export function closeDialog(studio: Holder, only?: NonNullable<Dialog>): void {
  const { dialog } = studio.store.getState().shell
  if (dialog !== null && (only === undefined || dialog === only)) set(studio, { dialog: null })
}

export function setTheme(studio: Holder, theme: Theme): void {
  set(studio, { theme })
}

/** Has the browser ask for files. */
export function askForFiles(studio: Holder, kind: FileRequest): void {
  const serial = (studio.store.getState().shell.pickRequest?.serial ?? 0) + 1
  set(studio, { pickRequest: { kind, serial } })
}

/** Folds a side panel to its heading, or opens it again; remembered. */
export function foldPanel(studio: Holder, title: string, folded: boolean): void {
  const others = studio.store.getState().shell.foldedPanels.filter(other => other !== title)
  set(studio, { foldedPanels: folded ? [...others, title] : others })
}

/** Shows or hides a column; in a narrow window it lies over the image, alone. */
export function toggleColumn(studio: Holder, column: Column): void {
  const { narrow, drawer, hiddenColumns } = studio.store.getState().shell
  if (narrow) {
    set(studio, { drawer: drawer === column ? null : column })
    return
  }
  const others = hiddenColumns.filter(other => other !== column)
  set(studio, { hiddenColumns: others.length < hiddenColumns.length ? others : [...hiddenColumns, column] })
}

/** Makes a column as wide as asked, within limits; null: as wide as it was at first. Remembered. */
export function setColumnWidth(studio: Holder, column: Column, width: number | null): void {
  const { [column]: _, ...others } = studio.store.getState().shell.columnWidths
  const { narrowest, widest } = COLUMN_LIMITS
  const kept = width === null ? {} : { [column]: Math.round(Math.min(widest, Math.max(narrowest, width))) }
  set(studio, { columnWidths: { ...others, ...kept } })
}

/** Whether the window has room for the image only; no column lies over it then, until one is opened. */
export function setNarrow(studio: Holder, narrow: boolean): void {
  set(studio, { narrow, drawer: null })
}

/** Puts a command first among those last run from the palette. */
export function rememberCommand(studio: Holder, id: string): void {
  const others = studio.store.getState().shell.recentCommands.filter(other => other !== id)
  set(studio, { recentCommands: [id, ...others].slice(0, MOST_RECENT) })
}

/** A newer build is ready to take over. */
export function offerUpdate(studio: Holder): void {
  set(studio, { update: 'ready' })
}

/** The offer goes; the command to update stays. */
export function postponeUpdate(studio: Holder): void {
  if (studio.store.getState().shell.update === 'ready') set(studio, { update: 'later' })
}

/** Reloads into the newer build once every change is on disk. */
export function acceptUpdate(studio: Holder): void {
  set(studio, { update: 'accepted' })
}

/** Shows a step of the tour. */
export function showTourStep(studio: Holder, step: number): void {
  set(studio, { tourStep: step })
}

/** Unfolds the panel and opens the column that a stop of the tour points at. */
export function revealForTour(studio: Holder, { panel, column }: { panel?: string; column?: Column }): void {
  const { foldedPanels, hiddenColumns } = studio.store.getState().shell
  set(studio, {
    foldedPanels: foldedPanels.filter(title => title !== panel),
    hiddenColumns: hiddenColumns.filter(id => id !== column),
    drawer: column ?? null,
  })
}

/** Opens a side panel wherever it is hidden, and has it scrolled into view. */
export function revealPanel(studio: Holder, title: string): void {
  const { revealed, foldedPanels, hiddenColumns } = studio.store.getState().shell
  set(studio, {
    foldedPanels: foldedPanels.filter(other => other !== title),
    hiddenColumns: hiddenColumns.filter(id => id !== 'panels'),
    drawer: 'panels',
    revealed: { title, serial: (revealed?.serial ?? 0) + 1 },
  })
}

/** Finishes or skips the tour: it does not offer itself again. */
export function endTour(studio: Holder): void {
  set(studio, { tourStep: null, tourSeen: true })
}
