import { request, upload } from './http'
import type { SiteRecording } from './types'

/** Where a recording for voice menus is heard, put and removed. */
export const recordingPath = (language: string, name: string): string =>
  `/api/site/recordings/${language}/${encodeURIComponent(name)}`

export const fetchRecordings = (): Promise<{ items: SiteRecording[] }> => request('GET', '/api/site/recordings')
export const uploadRecording = (language: string, name: string, file: Blob): Promise<SiteRecording> =>
  upload(recordingPath(language, name), file)
export const removeRecording = (language: string, name: string): Promise<void> =>
  request('DELETE', recordingPath(language, name))
