"use strict";

{
  const place = document.getElementById("document");
  const fonts = { typography: { fontFamily: "system-ui, sans-serif", headings: { fontFamily: "system-ui, sans-serif" } } };
  Redoc.init(place.dataset.url, { hideLoading: true, sortPropsAlphabetically: false, theme: fonts }, place);
}
