import { type CSSProperties, type ReactNode, useEffect, useMemo, useRef } from 'react'
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { toAppError } from '../../core/foundation/appError'
import { plural } from '../../core/foundation/text'
import type { Totals } from '../../core/inventory/tableRows'
import { openInventory, selectedText, setInventoryHeight, showColumns } from '../../state/inventory/actions'
import type { ShownRows } from '../../state/inventory/heldTable'
import { readInventory } from '../../state/inventory/readTable'
import { rowsShown } from '../../state/inventory/selectors'
import { HEIGHT_LIMITS, TABLE_COLUMNS, type TableColumn } from '../../state/inventory/slice'
import { notify, notifyError } from '../../state/shell/notices'
import { CommandButton } from '../controls/CommandButton'
import { DragEdge } from '../controls/DragEdge'
import { Icon } from '../controls/Icon'
import { JobProgress } from '../map/JobStrip'
import { useStudio, useStudioState } from '../studioContext'
import { AreaHistogram } from './AreaHistogram'
import { LandslideGrid } from './LandslideGrid'
import { TableFilters } from './TableFilters'
import { areaText, drawnColumn } from './tableColumns'

const TITLE = 'Landslides table'

/** The landslides of all masks of the event, under the stage. */
export function LandslidesTable() {
  const studio = useStudio()
  const height = useStudioState(state => state.inventory.height)
  const revision = useStudioState(state => state.inventory.revision)
  const filter = useStudioState(state => state.inventory.filter)
  const sort = useStudioState(state => state.inventory.sort)
  const drawer = useRef<HTMLElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state read inside changes with exactly these.
  const shown = useMemo(() => rowsShown(studio), [studio, revision, filter, sort])
  // In a small window it lies below the image, out of sight.
  useEffect(() => {
    // Some browsers return a promise, which React would call as a clean-up.
    void drawer.current?.scrollIntoView({ block: 'nearest' })
  }, [])
  const { lowest, highest } = HEIGHT_LIMITS
  const box = () => drawer.current?.getBoundingClientRect() ?? null
  return (
    <section
      ref={drawer}
      className="inventory panel"
      aria-label={TITLE}
      {...(height !== null && { style: { '--height': `${height}px` } as CSSProperties })}
    >
      <DragEdge
        className="inventory-edge"
        label="Height of the landslides table"
        orientation="horizontal"
        measure={() => box()?.height ?? height ?? lowest}
        smallest={lowest}
        largest={highest}
        grows="backward"
        sizeAt={({ clientY }) => {
          const now = box()
          return now && now.bottom - clientY
        }}
        onSize={size => setInventoryHeight(studio, size)}
      />
      <TableHead shown={shown} />
      <TableBody shown={shown} />
    </section>
  )
}

function TableHead({ shown }: { shown: ShownRows }) {
  const studio = useStudio()
  const { table, rows, totals } = shown
  return (
    <div className="inventory-bar">
      <h2>Landslides</h2>
      {table.count > 0 && (
        <p className="inventory-totals tabular" role="status">
          {totalsText(totals, table.count)}
        </p>
      )}
      <Freshness />
      <span className="spacer" />
      {table.count > 0 && (
        <>
          <ColumnMenu />
          <Button
            className="button button-quiet"
            isDisabled={rows.length === 0}
            onPress={() => void copyRows(studio)}
          >
            Copy
          </Button>
        </>
      )}
      <CommandButton command="export" look="quiet">
        Export…
      </CommandButton>
      <Button
        className="button button-quiet button-icon"
        aria-label="Close the landslides table"
        onPress={() => openInventory(studio, false)}
      >
        <Icon name="close" />
      </Button>
    </div>
  )
}

async function copyRows(studio: Parameters<typeof selectedText>[0]): Promise<void> {
  const text = selectedText(studio)
  try {
    await navigator.clipboard.writeText(text)
    notify(studio.store, 'information', `${plural(text.split('\n').length - 1, 'row')} copied.`)
  } catch (thrown) {
    notifyError(studio.store, toAppError(thrown))
  }
}

/** "12 of 1,310 landslides, 3.42 km²". */
function totalsText({ count, area, withoutArea, pixels }: Totals, of: number): string {
  const counted =
    count < of ? `${count.toLocaleString('en')} of ${plural(of, 'landslide')}` : plural(of, 'landslide')
  const sizes = [
    ...(withoutArea < count ? [areaText(area)] : []),
    ...(withoutArea > 0 ? [`${pixels.toLocaleString('en')} px without a known size`] : []),
  ]
  return [counted, ...sizes].join(' · ')
}

/** Whether the table is of the masks as they are, and the way to make it so. */
function Freshness() {
  const studio = useStudio()
  const job = useStudioState(state => state.shell.jobs.inventory)
  const count = useStudioState(state => state.inventory.count)
  const stale = useStudioState(state => state.inventory.stale)
  const status = useStudioState(state => state.inventory.status)
  const error = useStudioState(state => state.inventory.error)
  if (count === 0) return null
  if (job) {
    return (
      <div className="inventory-fresh">
        <JobProgress job={job} />
        <CommandButton command="cancel" icon="close" iconOnly look="quiet" />
      </div>
    )
  }
  if (status === 'failed') {
    return (
      <p className="inventory-fresh inventory-error" role="alert">
        {error}
        <Button className="button button-plain" onPress={() => void readInventory(studio)}>
          Try again
        </Button>
      </p>
    )
  }
  if (stale === 0) return null
  return (
    <p className="inventory-fresh" role="status">
      <span className="inventory-stale">
        <Icon name="warning" /> {plural(stale, 'mask')} changed since.
      </span>
      <CommandButton command="update-landslides">Update</CommandButton>
    </p>
  )
}

function ColumnMenu() {
  const studio = useStudio()
  const columns = useStudioState(state => state.inventory.columns)
  return (
    <MenuTrigger>
      <Button className="button button-quiet">Columns</Button>
      <Popover className="popover menu-popover" placement="top end" offset={4}>
        <Menu
          className="menu inventory-columns"
          aria-label="Columns"
          selectionMode="multiple"
          selectedKeys={columns}
          onSelectionChange={keys => {
            if (keys !== 'all') showColumns(studio, keys as ReadonlySet<TableColumn>)
          }}
          items={TABLE_COLUMNS.map(id => ({ id }))}
        >
          {({ id }) => {
            const { title, unit, detail } = drawnColumn(id)
            return (
              <MenuItem id={id} className="menu-item" textValue={title}>
                {({ isSelected }) => (
                  <>
                    <span className="menu-tick" aria-hidden="true">
                      {isSelected && <Icon name="accept" />}
                    </span>
                    <span>
                      {title} {unit && <span className="dim">{unit}</span>}
                    </span>
                    <span className="dim">{detail}</span>
                  </>
                )}
              </MenuItem>
            )
          }}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}

function TableBody({ shown }: { shown: ShownRows }) {
  const studio = useStudio()
  const job = useStudioState(state => state.shell.jobs.inventory)
  const status = useStudioState(state => state.inventory.status)
  const error = useStudioState(state => state.inventory.error)
  const remarks = useStudioState(state => state.inventory.remarks)
  const masked = useStudioState(state => state.patches.list.some(({ predictedBy }) => predictedBy))
  if (shown.table.count > 0) {
    return (
      <>
        <TableFilters shown={shown} />
        {remarks.map(remark => (
          <p key={remark} className="note inventory-remark">
            {remark}
          </p>
        ))}
        <div className="inventory-body">
          {shown.rows.length > 0 ? (
            <LandslideGrid shown={shown} label={TITLE} />
          ) : (
            <Empty>
              <p>No landslide passes this filter.</p>
              <CommandButton command="clear-landslide-filter" />
            </Empty>
          )}
          <AreaHistogram shown={shown} />
        </div>
      </>
    )
  }
  if (job) {
    return (
      <Empty>
        <JobProgress job={job} />
        <CommandButton command="cancel" icon="close" />
      </Empty>
    )
  }
  if (status === 'failed') {
    return (
      <Empty>
        <p role="alert">{error}</p>
        <Button className="button button-plain" onPress={() => void readInventory(studio)}>
          Try again
        </Button>
      </Empty>
    )
  }
  if (status === 'cancelled') {
    return (
      <Empty>
        <p>Reading the landslides was cancelled.</p>
        <Button className="button button-plain" onPress={() => void readInventory(studio)}>
          Read landslides
        </Button>
      </Empty>
    )
  }
  return (
    <Empty>
      {status === 'none' && masked ? (
        <p className="dim">Waiting for the running job…</p>
      ) : masked ? (
        <p>No mask has a landslide: lower the threshold, or paint one.</p>
      ) : (
        <>
          <p>No masks yet: run the ensemble, or paint landslides.</p>
          <CommandButton command="run-ensemble" icon="run" />
        </>
      )}
    </Empty>
  )
}

function Empty({ children }: { children: ReactNode }) {
  return <div className="inventory-empty">{children}</div>
}
