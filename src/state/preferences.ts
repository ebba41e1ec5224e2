/** Where small settings of the view are kept between visits: localStorage in the app, a plain map in tests. */
export interface PreferenceStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}
