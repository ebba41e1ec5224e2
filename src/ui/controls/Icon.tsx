/** 16 x 16 line icons, drawn here so that nothing is fetched. */
const PATHS = {
  files: 'M4 2.5h5l3 3v8H4zM9 2.5v3h3',
  folder: 'M2 4h4.2l1.4 1.6H14V12.5H2z',
  demo: 'M2 12.5 6 6l2.4 3.6L10.5 7 14 12.5zM11 4.2a.9.9 0 1 0 0-.01',
  export: 'M8 10V2.5M5 5.2 8 2.3l3 2.9M3 9.5v4h10v-4',
  pan: 'M8 2v12M2 8h12M8 2 6.4 3.8M8 2l1.6 1.8M8 14l-1.6-1.8M8 14l1.6-1.8M2 8l1.8-1.6M2 8l1.8 1.6M14 8l-1.8-1.6M14 8l-1.8 1.6',
  brush:
    'M13.5 2.5 7.6 8.6M6.2 8.4c1.3 0 2.3.9 2.3 2.2 0 2-2 3-5.5 2.9 1-.8 1-1.500 1.100-2.900.1-1.300.8-2.200 2.100-2.200z',
  erase:
    'M6 13.5h7.5M2.600 9.600 9 3.200l3.900 3.900-6.300 6.300H4.800L2.600 11.200a1.100 1.100 0 0 1 0-1.600zM6 6.200l3.900 3.900',
  accept: 'm3 8.5 3.3 3.300L13 4.800',
  reject: 'M4 4l8 8M12 4l-8 8',
  unsure:
    'M6 6.200c0-1.300.9-2.200 2.100-2.200s2.100.8 2.100 1.900c0 1.600-2.100 1.700-2.100 3.600M8.100 12v.1',
  skip: 'M4 4l5 4-5 4zM11.500 4v8',
  undo: 'M6 4 3 7l3 3M3 7h6.500a3 3 0 0 1 0 6H7',
  redo: 'M10 4l3 3-3 3M13 7H6.500a3 3 0 0 0 0 6H9',
  run: 'M5 3.500 12.500 8 5 12.500z',
  pause: 'M5.500 3.500v9M10.500 3.500v9',
  chart: 'M2.500 13.500h11M4 10.500v-3M8 10.500v-7M12 10.500v-4.500M3 7.500h2M7 3.500h2M11 6h2',
  compare: 'M2.500 3h4v10h-4zM9.500 3h4v10h-4z',
  shift: 'M2.500 8h11M10 4.800 13.200 8 10 11.200',
  fit: 'M2.500 6V2.500H6M10 2.500h3.500V6M13.500 10v3.500H10M6 13.500H2.500V10',
  keyboard: 'M1.800 4.500h12.400v7H1.800zM4 7h.1M6.600 7h.1M9.200 7h.1M11.800 7h.1M5 9.300h6',
  close: 'M4.500 4.500l7 7M11.500 4.500l-7 7',
  chevron: 'M6 4l4 4-4 4',
  warning: 'M8 2.500 14 13H2zM8 6.500v3M8 11.300v.1',
  check: 'M8 2 13 4v4c0 3-2 5-5 6-3-1-5-3-5-6V4zM5.500 8l1.800 1.800L10.500 6.500',
  download: 'M8 2.500V10M5 7.300 8 10.200l3-2.900M3 11v2.500h10V11',
  remove: 'M3 4.500h10M6.500 4.500V3h3v1.500M4.500 4.500l.6 9h5.800l.6-9',
  card: 'M3 2.500h10v11H3zM5.500 5.500h5M5.500 8h5M5.500 10.500h3',
  add: 'M8 3v10M3 8h10',
  previous: 'M4 10l4-4 4 4',
  next: 'M4 6l4 4 4-4',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
