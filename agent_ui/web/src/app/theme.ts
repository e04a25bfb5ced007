import { computed, ref } from 'vue'

const SETTING = 'hotline.theme'
const system = window.matchMedia('(prefers-color-scheme: dark)')
const systemIsDark = ref(system.matches)
const chosen = ref(localStorage.getItem(SETTING))

export const isDark = computed(() => (chosen.value ? chosen.value === 'dark' : systemIsDark.value))

function show(): void {
  document.documentElement.classList.toggle('dark', isDark.value)
}

export function toggleTheme(): void {
  chosen.value = isDark.value ? 'light' : 'dark'
  localStorage.setItem(SETTING, chosen.value)
  show()
}

system.addEventListener('change', (event) => {
  systemIsDark.value = event.matches
  show()
})
show()
