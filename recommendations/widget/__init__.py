"""The widget: one script tag shows a list of this site on another one, to nobody in particular.

`widget.js` asks `api.WidgetView` for a list, without cookies, and only for pages of origins that
staff allowed (`recommendations.widget_origins`).
"""
