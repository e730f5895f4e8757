// Before anything is shown, so that nothing flashes: the theme that was chosen.
try {
  const theme = localStorage.getItem("guide-theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch { /* a browser that keeps nothing */ }
