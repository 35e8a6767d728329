// The tab bar of personal pages scrolls on a phone: the tab of this page is brought into sight.

const bar = document.querySelector(".my-tabs");
const tab = bar?.querySelector("[aria-current]");
if (tab) bar.scrollLeft += tab.getBoundingClientRect().left - bar.getBoundingClientRect().left - (bar.clientWidth - tab.offsetWidth) / 2;
