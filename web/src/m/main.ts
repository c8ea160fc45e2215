// Start of the phone page: language, then the page from what the phone keeps, then the network.
import { createApp } from 'vue'
import { preferredLang, provideTexts, setLang } from '@/shared/i18n'
import '@/shared/ui/base.css'
import './m.css'
import App from './App.vue'
import { startOutbox } from './outbox'
import { fetchViews, router } from './router'
import { watchSession } from './session'
import { registerWorker } from './sw/register'

provideTexts({ 'zh-CN': () => import('@/shared/i18n/zh-CN/phone'), en: () => import('@/shared/i18n/en/phone') })
watchSession()
await setLang(preferredLang(), false)
createApp(App).use(router).mount('#app')
await router.isReady()
void startOutbox()
void fetchViews()
void registerWorker()
