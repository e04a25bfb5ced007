import { fileURLToPath, URL } from 'node:url'

import vue from '@vitejs/plugin-vue'
import elementPlus from 'unplugin-element-plus/vite'
import { defineConfig } from 'vitest/config'

// Where the server listens while one works on the pages with `npm run dev`.
const server = process.env['HOTLINE_SERVER'] ?? 'http://127.0.0.1:8000'

export default defineConfig({
  plugins: [vue(), elementPlus({})],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  worker: { format: 'es' },
  // One file of styles: a page whose own was lost on the way would be shown without it.
  build: { target: 'es2022', chunkSizeWarningLimit: 600, cssCodeSplit: false },
  server: {
    proxy: {
      '/api/events': { target: server, ws: true },
      '/api': { target: server },
      '/sip': { target: server, ws: true },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['tests/**/*.test.ts'],
    // On a machine that has much else to do, a long list takes its time to be drawn.
    testTimeout: 30_000,
    // The library's parts bring their styles along, which Node alone cannot load.
    server: { deps: { inline: ['element-plus'] } },
  },
})
