import js from '@eslint/js'
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'
import vueParser from 'vue-eslint-parser'

const browser = Object.fromEntries(
  ['window', 'document', 'navigator', 'location', 'localStorage', 'sessionStorage', 'fetch', 'console', 'process']
    .map((name) => [name, 'readonly']),
)

/** Which folder may not see which: app -> features -> ui, realtime, api; features never each other. */
function forbid(folder, patterns) {
  return {
    files: [`src/${folder}/**`],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  }
}

export default ts.config(
  { ignores: ['dist', 'node_modules', 'src/api/generated'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...ts.configs.stylistic,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parser: vueParser, parserOptions: { parser: ts.parser } },
  },
  {
    languageOptions: { globals: browser },
    rules: {
      'no-undef': 'off', // vue-tsc knows better
      'max-lines': ['error', { max: 400, skipBlankLines: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 6],
      '@typescript-eslint/consistent-type-imports': 'error',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': ['warn', { html: { void: 'always', normal: 'always', component: 'always' } }],
    },
  },
  { files: ['tests/**'], rules: { 'max-lines-per-function': 'off' } },
  { files: ['src/features/*/store.ts'], rules: { 'max-lines-per-function': ['error', { max: 130 }] } },
  forbid('features', ['@/features/*', '@/app/*', '../../*']),
  forbid('ui', ['@/features/*', '@/app/*', '@/realtime/*']),
  forbid('realtime', ['@/features/*', '@/app/*', '@/ui/*']),
  forbid('api', ['@/features/*', '@/app/*', '@/ui/*', '@/realtime/*']),
)
